"""When a report is due, when its people are warned, and which clocks start by themselves. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from incident.duty import calendar
from incident.duty.alarm import Alarm, ordered
from incident.playbook.clock import ClockRule, ClockUse

if TYPE_CHECKING:
    from incident.expression import Expression

FULL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """`due` is the end of the limit that is over first; it began at `anchor_at`, the instant of `anchor`."""

    due: datetime
    anchor: str
    anchor_at: datetime


def deadline(rule: ClockRule, anchors: Mapping[str, datetime]) -> Deadline | None:
    """The earliest of the rule's limits.

    `anchors` holds what is known: occurrence, awareness, classification, and `submission:<clock>` for each clock whose
    report was submitted. A limit whose anchor is not known yet does not count yet; None when none is known.
    """
    known = [
        Deadline(due=calendar.end(anchors[key], limit.within, rule.time_zone, rule.holidays), anchor=key, anchor_at=at)
        for limit in rule.limits
        if (at := anchors.get(key := f"submission:{limit.of}" if limit.of else limit.anchor)) is not None
    ]
    return min(known, key=lambda one: one.due, default=None)


def alarms(rule: ClockRule, found: Deadline) -> tuple[Alarm, ...]:
    """One at each part of the time that the rule warns at, and at its end; `what` is the hundredths that are gone."""
    span = found.due - found.anchor_at
    parts = sorted({*rule.warn_at, FULL})
    return ordered([Alarm(at=found.anchor_at + span * part / FULL, what=str(part)) for part in parts])


def met(due: datetime, submitted_at: datetime | None, now: datetime) -> bool | None:
    """Whether the report was in time; None while it still can be."""
    if submitted_at is not None:
        return submitted_at <= due
    return None if now <= due else False


def starting(
    uses: Sequence[ClockUse], started: Collection[str], variables: Mapping[str, Any]
) -> list[tuple[ClockRule, str]]:
    """The clocks that start by themselves now, each with the condition that holds.

    1. One that was started before, by whomever, does not start again: who dismissed it knew why. 2. One that waits for
    another's submission is started by that. 3. The others start once their condition holds. What it asks about may not
    be known yet: then it does not hold yet.
    """
    return [
        (use.rule, use.applies_when.text)
        for use in uses
        if use.rule is not None
        and use.applies_when is not None
        and use.id not in started
        and use.rule.anchor != "submission"
        and _holds(use.applies_when, variables)
    ]


def _holds(condition: Expression, variables: Mapping[str, Any]) -> bool:
    try:
        return condition.holds(variables)
    except ValueError:  # an ExpressionError: a name without a value yet
        return False


def following(rules: Sequence[ClockRule], submitted: str) -> list[ClockRule]:
    """The clocks that the submission of another one starts."""
    return [rule for rule in rules if rule.anchor == "submission" and rule.of == submitted]
