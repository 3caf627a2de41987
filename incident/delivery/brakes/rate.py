"""When deliveries of one account may start, so that every limit holds in any stretch of time. Pure.

1. The shortest window is spread evenly: no bursts, and a relay sees the same flow whatever is waiting. 2. Longer
windows are quotas: 20 a minute and 100 an hour means a hundred in five minutes, then none until the hour lets go. 3. Of
each window a part is kept for what cannot wait: a page starts at once although a broadcast fills the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from math import ceil
from typing import Protocol

from incident.channel.spec import Rate
from incident.delivery.brakes.meter import Meter, Quota, Spread

RESERVE = 20
"""One start in so many is kept for urgent ones, and takes up how late a start comes after its instant."""

_SMALL = 10  # a window for fewer has no start to spare
_NS = 1_000_000  # nanoseconds in a millisecond
_UNLIMITED = 1_000_000


class Braked(Protocol):
    """What is read of a channel, open or only described."""

    @property
    def account(self) -> str: ...
    @property
    def rates(self) -> tuple[Rate, ...]: ...


def rates_of(account: str, channels: Iterable[Braked]) -> tuple[Rate, ...]:
    """The limits of an account: those of all channels that use it; the lower one where two speak of one window."""
    return _lowest(rate for channel in channels if channel.account == account for rate in channel.rates)


def _lowest(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """One rate for each window, the shortest first."""
    least: dict[timedelta, int] = {}
    for rate in rates:
        least[rate.per] = min(rate.most, least.get(rate.per, rate.most))
    return tuple(Rate(per=per, most=most) for per, most in sorted(least.items()))


def meters(rates: Sequence[Rate]) -> list[Meter]:
    """A fresh meter for each window, the shortest first."""
    windows = [(rate.per // timedelta(milliseconds=1), rate.most) for rate in _lowest(rates)]
    return [_meter(per, most, shortest=place == 0) for place, (per, most) in enumerate(windows)]


def _meter(per: int, most: int, *, shortest: bool) -> Meter:
    kept = reserve(most)
    line = Spread(gap=_gap(per, most)) if shortest else Quota(per, most - kept)
    return Meter(per, line, Quota(per, kept))


def reserve(most: int) -> int:
    """How many of `most` are kept for urgent starts."""
    return 0 if most < _SMALL else max(1, most // RESERVE)


def _gap(per: int, most: int) -> int:
    """Nanoseconds between two starts. A small window has no reserve; its starts stand a little further apart instead,
    because one that comes late must not meet the next ones."""
    if most < _SMALL:
        return -(-per * _NS * RESERVE // (most * (RESERVE - 1)))
    return -(-per * _NS // (most - reserve(most)))


def grant(
    meters: Sequence[Meter], now: int, count: int, *, urgent: bool = False, until: int | None = None
) -> list[int]:
    """The next instants (ms, ascending) that every meter allows, counted in each of them: `count`, or as many as there
    are up to `until`."""
    starts: list[int] = []
    at = now
    while len(starts) < count:
        at = next_start(meters, at, urgent=urgent)
        if until is not None and at > until:
            break
        for meter in meters:
            meter.start(at)
        starts.append(at)
    return starts


def next_start(meters: Sequence[Meter], now: int, *, urgent: bool = False) -> int:
    """The first instant from `now` on that every meter allows. One round is enough: what a meter allows at an instant,
    it allows at any later one."""
    at = now
    for meter in meters:
        at = meter.earliest(at, urgent=urgent)
    return at


def horizon(rates: Sequence[Rate], seconds: float) -> int:
    """How many starts fit into so long, at least one: who claims more holds what it cannot send."""
    return max(1, min((_fit(meter, seconds) for meter in meters(rates)), default=_UNLIMITED))


def _fit(meter: Meter, seconds: float) -> int:
    return meter.line.most if isinstance(meter.line, Quota) else ceil(seconds * 1_000 * _NS / meter.line.gap)
