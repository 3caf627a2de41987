"""When the next public word is due, what happens around that time, and whether it was kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from incident.duty.alarm import Alarm, ordered
from incident.playbook.model import Cadence, Overdue

GRACE = timedelta(minutes=1)
"""People read minutes: who was promised a word by 03:20 and has it at 03:20:40 was not let down."""

_USUAL = timedelta(minutes=30)
_STEP = timedelta(minutes=5)


def interval(cadence: Cadence | None, since_declared: timedelta) -> timedelta:
    """How long until the next word.

    1. `every`. 2. `long_every` once the incident has lasted `long_after`. 3. Half an hour when the playbook is silent:
    an update without a next time leaves people waiting.
    """
    if cadence is None:
        return _USUAL
    long = cadence.long_after is not None and since_declared >= cadence.long_after
    return (cadence.long_every if long else None) or cadence.every or _USUAL


def next_word(now: datetime, after: timedelta) -> datetime:
    """The instant that a text promises: never earlier than asked, on a full five minutes."""
    exact = now + after
    return exact + (datetime.min.replace(tzinfo=exact.tzinfo) - exact) % _STEP


def first_word(cadences: Mapping[str, Cadence], severity: str, declared_at: datetime) -> datetime | None:
    """When the first notice is to be out, by the severity of now; None when the playbook does not say."""
    cadence = cadences.get(severity)
    return None if cadence is None or cadence.first is None else declared_at + cadence.first


def alarms(due: datetime, overdue: Overdue, *, public: bool) -> tuple[Alarm, ...]:
    """What happens around `due`, in the order of time.

    1. The holding statement, when one is named. 2. It is broken once its minute has passed. 3. Nudges, before and after
    it. 4. The escalation, when somebody is named.
    Of what was not promised in `public` (our own target for the first notice) nobody is reminded beforehand, who has
    been called out a minute ago; and no holding statement goes to people who have heard nothing before.
    """
    return ordered(tuple(_alarms(due, overdue, public=public)))


def _alarms(due: datetime, overdue: Overdue, *, public: bool) -> Iterator[Alarm]:
    if overdue.holding and public:
        yield Alarm(at=due + overdue.holding_at, what="holding")
    yield Alarm(at=due + GRACE, what="broken")
    yield from (Alarm(at=due + offset, what="nudge") for offset in overdue.nudge if public or offset >= timedelta(0))
    if overdue.escalate_to:
        yield Alarm(at=due + overdue.escalate_at, what="escalate")


def verdict(due: datetime, spoken_at: datetime) -> str:
    """`kept` when the word was out before the minute that was promised had passed, else `broken`."""
    return "kept" if spoken_at < due + GRACE else "broken"
