"""What counts the starts of one window: `Spread` evenly, `Quota` in all, and a `Meter` of both with its reserve.

Instants are whole milliseconds since 1970; a meter works on a copy of what is stored and is then written back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NEVER = 1 << 60
"""An instant that does not come."""

BUCKETS = 60
"""Into so many pieces the window of a quota is cut: the oldest counts as a whole, so that a sixtieth is given away. A
quota of no more than so many starts keeps each of them, to the millisecond."""

_NS = 1_000_000  # nanoseconds in a millisecond


def _up(ns: int) -> int:
    """Nanoseconds as milliseconds, never earlier."""
    return -(-ns // _NS)


@dataclass(slots=True)
class Spread:
    """At most one start in each `gap` nanoseconds: the generic cell rate algorithm (ITU-T I.371) without tolerance.

    Instants in whole milliseconds never stand closer than the schedule behind them, which is kept in nanoseconds: the
    window is a whole number of milliseconds.
    """

    gap: int
    next_at: int = 0

    def earliest(self, at: int) -> int:
        """The first instant from `at` on at which one may start."""
        return max(at, _up(self.next_at))

    def start(self, at: int) -> None:
        on_time = at * _NS - self.next_at < _NS  # else the schedule would lose what rounding adds
        self.next_at = (self.next_at if on_time else at * _NS) + self.gap

    def give_back(self, at: int) -> None:
        """Takes back the start at `at` if it is the last. Where several fall into a millisecond nobody can tell which
        is, and there is little to lose."""
        last = self.next_at - self.gap
        if self.gap >= _NS and _up(last) == at:
            self.next_at = last


@dataclass(slots=True)
class Quota:
    """At most `most` starts in any stretch of `per` milliseconds, as early as they like: counted in buckets of time.

    A stretch touches the bucket in which it ends and the `_back` before it. What stands in them and behind them is
    counted, so that the order in which starts are reserved does not matter.
    """

    per: int
    most: int
    used: dict[int, int] = field(default_factory=dict)
    _bucket: int = field(default=-1, repr=False)
    _room: int = field(default=0, repr=False)

    @property
    def _width(self) -> int:
        return 1 if self.most <= BUCKETS else -(-self.per // BUCKETS)

    @property
    def _back(self) -> int:
        return -(-self.per // self._width)

    def earliest(self, at: int) -> int:
        """The first instant from `at` on at which one may start; NEVER when nothing ever may."""
        if self.most <= 0:
            return NEVER
        self._look(at // self._width)
        if self._room > 0:
            return at
        free, over = self._bucket, 1 - self._room
        for bucket in sorted(bucket for bucket in self.used if bucket >= self._bucket - self._back):
            over -= self.used[bucket]
            if over <= 0:
                free = bucket + self._back + 1
                break
        return max(at, free * self._width)

    def start(self, at: int) -> None:
        bucket = at // self._width
        self._look(bucket)
        self.used[bucket] = self.used.get(bucket, 0) + 1
        self._room -= 1

    def give_back(self, at: int) -> None:
        """Takes back one start at `at`."""
        bucket = at // self._width
        if bucket in self.used:
            self.used[bucket] -= 1
            self._bucket = -1

    def fill(self, counted: Mapping[int, int], move: int = 0) -> None:
        """What was `kept`, moved by some milliseconds: rather later than too early. The buckets may have had another
        width then, if the limit was changed meanwhile."""
        for at, count in counted.items():
            bucket = -(-(at + move) // self._width)
            self.used[bucket] = self.used.get(bucket, 0) + count
        self._bucket = -1

    def kept(self, now: int) -> dict[int, int]:
        """What still counts, by the beginning (ms) of each bucket."""
        oldest = now // self._width - self._back
        return {bucket * self._width: count for bucket, count in self.used.items() if bucket >= oldest and count > 0}

    def _look(self, bucket: int) -> None:
        """Counts the room for a start in `bucket`, unless it was counted last."""
        if bucket != self._bucket:
            self._bucket = bucket
            self._room = self.most - sum(count for b, count in self.used.items() if b >= bucket - self._back)


@dataclass(slots=True)
class Meter:
    """One window of an account: a line in which everybody stands, and a reserve for whoever cannot wait."""

    per: int
    line: Spread | Quota
    reserve: Quota

    def earliest(self, at: int, *, urgent: bool) -> int:
        first = self.line.earliest(at)
        return min(first, self.reserve.earliest(at)) if urgent and first > at else first

    def start(self, at: int) -> None:
        """Counts a start at an instant that `earliest` allowed. The reserve is touched only where the line is full."""
        (self.line if self.line.earliest(at) <= at else self.reserve).start(at)
