"""Alarms of anything that has a due time: which are rung now, and when the next one is. Pure.

A thing keeps its alarms in the order of time and how many of them have been rung. However the clock jumps, and however
often or late somebody looks: each alarm is rung once, in its order, and none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """At `at`, `what` is to be done."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The alarms to be rung now, how many have been rung then, and when to look again (None: never)."""

    alarms: tuple[Alarm, ...]
    rung: int
    next_due: datetime | None


def due(alarms: Sequence[Alarm], rung: int, now: datetime) -> Ring:
    """1. What has been rung is over, whatever the clock says now. 2. Of the rest, all whose time has come are rung
    together, in their order: who slept through three of them is called once. 3. The first that is left is next."""
    after = rung
    while after < len(alarms) and alarms[after].at <= now:
        after += 1
    return Ring(alarms=tuple(alarms[rung:after]), rung=after, next_due=next_at(alarms, after))


def next_at(alarms: Sequence[Alarm], rung: int) -> datetime | None:
    """When the first alarm that has not been rung is due."""
    return alarms[rung].at if rung < len(alarms) else None


def ordered(alarms: Sequence[Alarm]) -> tuple[Alarm, ...]:
    """In the order of time; those of one instant as they were given."""
    return tuple(sorted(alarms, key=lambda alarm: alarm.at))
