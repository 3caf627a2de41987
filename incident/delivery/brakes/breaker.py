"""One dead relay is found out once, not a thousand times: what an outcome says of the whole account. Pure.

An account is closed to nobody, or stopped until an instant and then open to one probe at a time, whose outcome decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from incident.channel.port import Deferred, Outcome, Refused, Sent

FEW = 5
"""So many failures in a row stop an account where one alone says nothing of it."""

FIRST_PROBE = timedelta(seconds=5)
LONGEST_PROBE = timedelta(minutes=2)
"""The first probe comes after the one, each further one after twice as long, up to the other."""

LONGEST_PENALTY = timedelta(days=1)
"""No server makes us wait longer than this."""

LEASE = timedelta(seconds=60)
"""A probe that has had no outcome for so long is taken over: its process has died."""

_AT_ONCE = ("unreachable", "tls", "not_authorised", "storage")
_OF_ONE = ("mailbox_full", "greylisted")
_OF_ALL = ("not_authorised", "misconfigured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """An account's state. Without `until` it is free, and `failures` counts those in a row.

    `asked`: the server named the time itself. `trips`: how often it was stopped again since `since`. `prober` tries
    whether it is over, until `lease_until`.
    """

    reason: str = ""
    code: str = ""
    words: str = ""
    failures: int = 0
    trips: int = 0
    asked: bool = False
    since: datetime | None = None
    until: datetime | None = None
    prober: str = ""
    lease_until: datetime | None = None

    def probed_by(self, owner: str) -> bool:
        return self.until is not None and bool(self.prober) and self.prober == owner


FREE = Breaker()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What may start now: everything, one probe, or nothing before `until`; and why."""

    may: Literal["all", "probe", "none"]
    until: datetime | None = None
    why: str = ""


def judge(outcome: Outcome, breaker: Breaker, now: datetime, *, owner: str = "") -> Breaker | None:
    """The state after an outcome that `owner` heard, or None when nothing changes.

    1. The server has dealt with one recipient (yes, or no to this one): free. Except while a time runs that the server
       named itself: what was on its way before does not end it.
    2. It asks to come back later and says when: stopped until then, never shorter than it was.
    3. Stopped already, and this is not the probe's outcome: nothing new. Else many that were on their way would make
       the wait long.
    4. No connection, no trusted connection, no login, no room to write: stopped at once, and whatever a probe brings
       that is not an answer.
    5. Busy, broken off, silent, or refused in words about us and not about the recipient: a few in a row.
    """
    probe = breaker.probed_by(owner)
    if _is_answer(outcome):
        stays = breaker == FREE or (breaker.asked and not probe)
        return None if stays else FREE
    asked = _asked(outcome)
    if asked is not None:
        until = now + asked
        longer = breaker.until is None or probe or until > breaker.until
        return _stopped(breaker, outcome, now, until, asked=True) if longer else None
    if breaker.until is not None and not probe:
        return None
    at_once = probe or (isinstance(outcome, Deferred) and outcome.reason in _AT_ONCE)
    if at_once or breaker.failures + 1 >= FEW:
        return _stopped(breaker, outcome, now, now + backoff(breaker.trips), asked=False)
    return replace(breaker, failures=breaker.failures + 1)


def judge_all(outcomes: Sequence[Outcome], breaker: Breaker, now: datetime, *, owner: str = "") -> Breaker:
    """The state after some outcomes in the order in which they were heard."""
    for outcome in outcomes:
        breaker = judge(outcome, breaker, now, owner=owner) or breaker
    return breaker


def may_pass(breaker: Breaker, now: datetime, owner: str) -> Pass:
    """1. Free: everything. 2. Its time is not over: nothing before. 3. Somebody else probes: nothing before its lease
    ends. 4. One probe; whoever holds it may ask again."""
    if breaker.until is None:
        return Pass(may="all")
    why = " ".join(part for part in (breaker.reason, breaker.code, breaker.words) if part)
    if breaker.until > now:
        return Pass(may="none", until=breaker.until, why=why)
    if breaker.prober not in ("", owner) and breaker.lease_until is not None and breaker.lease_until > now:
        return Pass(may="none", until=breaker.lease_until, why=why)
    return Pass(may="probe", until=now + LEASE, why=why)


def backoff(trips: int) -> timedelta:
    """How long after the stop number `trips` (from 0) the next probe comes."""
    return min(FIRST_PROBE * (1 << min(trips, 16)), LONGEST_PROBE)


def _stopped(breaker: Breaker, outcome: Outcome, now: datetime, until: datetime, *, asked: bool) -> Breaker:
    assert not isinstance(outcome, Sent)
    return Breaker(
        reason=outcome.reason,
        code=outcome.code,
        words=outcome.words,
        trips=breaker.trips + 1,
        asked=asked,
        since=breaker.since or now,
        until=until,
    )


def _is_answer(outcome: Outcome) -> bool:
    """Whether the server has dealt with one recipient, whatever it thinks of that one."""
    if isinstance(outcome, Refused):
        return outcome.reason not in _OF_ALL
    return isinstance(outcome, Sent) or (isinstance(outcome, Deferred) and outcome.reason in _OF_ONE)


def _asked(outcome: Outcome) -> timedelta | None:
    """How long the server wants to be left alone, if it says so."""
    if isinstance(outcome, Deferred) and outcome.reason in ("rate", "busy") and outcome.wait:
        return min(outcome.wait, LONGEST_PENALTY)
    return None
