"""How far what is being sent has come, without slowing it down.

An exact count passes over every row of a broadcast (a third of a second for a million); it is taken so seldom that it
costs a twentieth of the time at most. In between, accepted, refused and unknown follow the pulse, a handful of rows
that the senders write with each group of outcomes. A small broadcast is counted exactly at each look.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from incident.delivery import reconcile
from incident.delivery.model import PENDING
from incident.store import Row, Store

SHARE = 0.05
"""The share of the time that exact counts may take."""

_RATE_SECONDS = 10.0
"""Over how long the rate is measured."""

_LIVE = ("accepted", "refused", "unknown")
"""What the pulse tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one channel, one language or all. `deferred` are those of `pending` that were tried; `other` are
    suppressed, deduplicated or expired."""

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    other: int = 0
    deferred: int = 0

    @property
    def pending(self) -> int:
        return max(self.rows - self.done, 0)

    @property
    def done(self) -> int:
        return self.accepted + self.refused + self.unknown + self.other

    def to_json(self) -> dict[str, int]:
        names = ("rows", "accepted", "refused", "unknown", "other", "pending", "deferred")
        return {name: getattr(self, name) for name in names}

    def __add__(self, more: Part) -> Part:
        return Part(**{name: getattr(self, name) + getattr(more, name) for name in Part.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One broadcast at one moment. `rate` is rows a second, None at the first look; `eta` seconds until nothing is
    pending, None when that is not to be told. `locales` are as of the last exact count, `age` seconds ago."""

    broadcast: Row
    channels: dict[str, Part]
    locales: dict[str, Part]
    rate: float | None
    eta: float | None
    age: float

    @property
    def total(self) -> Part:
        return sum(self.channels.values(), Part())

    @property
    def is_over(self) -> bool:
        return self.broadcast["state"] in ("finished", "stopped")


@dataclass(slots=True)
class _Known:
    """The last exact count of a broadcast, and the pulse at that time."""

    state: str = ""
    channels: dict[str, Part] = field(default_factory=dict)
    locales: dict[str, Part] = field(default_factory=dict)
    pulse: dict[str, dict[str, int]] = field(default_factory=dict)
    at: float = 0.0
    cost: float = 0.0
    steps: deque[tuple[float, int]] = field(default_factory=deque)


class Progress:
    """Looks again and again at the same broadcasts. `seconds` is a clock that only goes forward."""

    def __init__(self, store: Store, seconds: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self.seconds = seconds
        self._known: dict[int, _Known] = {}

    def look(self, broadcasts: Iterable[Row]) -> list[Standing]:
        """How each of them stands now."""
        return [self._standing(row) for row in broadcasts]

    def _standing(self, row: Row) -> Standing:
        known = self._known.setdefault(row["no"], _Known())
        now = self.seconds()
        if row["state"] != known.state or now - known.at >= known.cost / SHARE:
            self._count(row, known)
            channels = known.channels
        else:
            channels = self._extrapolated(row["no"], known)
        rate, eta = self._speed(row, known, now, sum(channels.values(), Part()))
        age = self.seconds() - known.at
        return Standing(
            broadcast=row, channels=channels, locales=known.locales, rate=rate, eta=eta, age=max(age - known.cost, 0.0)
        )

    def _count(self, row: Row, known: _Known) -> None:
        """Counts every row, and remembers what that cost."""
        began = self.seconds()
        known.pulse = _pulse(self.store, row["no"])
        known.channels, known.locales = {}, {}
        for kind in reconcile.kinds(self.store, row["no"]):
            part = _part(kind)
            for parts, name in ((known.channels, kind["channel"]), (known.locales, kind["locale"])):
                parts[name] = parts.get(name, Part()) + part
        known.state, known.at = row["state"], self.seconds()
        known.cost = known.at - began

    def _extrapolated(self, no: int, known: _Known) -> dict[str, Part]:
        """The last count, and what the pulse has told since."""
        found = dict(known.channels)
        for channel, counted in _pulse(self.store, no).items():
            if channel in found:
                part, before = found[channel], known.pulse.get(channel, {})
                more = {name: getattr(part, name) + counted[name] - before.get(name, 0) for name in _LIVE}
                found[channel] = replace(part, **more)
        return found

    def _speed(self, row: Row, known: _Known, now: float, total: Part) -> tuple[float | None, float | None]:
        """Rows a second of late, and how long the rest takes at that rate. Where it waits on purpose, nobody knows;
        nor at the first look."""
        steps = known.steps
        steps.append((now, total.done))
        while len(steps) > 2 and now - steps[1][0] >= _RATE_SECONDS:
            steps.popleft()
        before, seconds = steps[0][1], now - steps[0][0]
        if seconds <= 0:
            return None, None
        rate = max(total.done - before, 0) / seconds
        moves = rate > 0 and row["state"] == "sending"
        return rate, (total.pending / rate if moves else None)


def _pulse(store: Store, no: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in store.queries("incident.delivery.care").pulse(broadcast=no):
        counted = found.setdefault(row["channel"], dict.fromkeys(_LIVE, 0))
        for name in _LIVE:
            counted[name] += row[name]
    return found


def _part(kind: dict[str, Any]) -> Part:
    number, state = int(kind["rows_"]), kind["state"]
    if state in PENDING:
        return Part(rows=number, deferred=number if state == "deferred" else 0)
    return Part(rows=number, **{state if state in _LIVE else "other": number})
