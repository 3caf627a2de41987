"""How fast deliveries may start: several limits at once, each a sliding window (20 a minute and 5 a second).

It counts the starts of this process; a limit across processes is the ledger's affair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from time import monotonic

from incident.channel.port import Delivery
from incident.channel.spec import Rate


class Pace:
    """Counts starts against every rate. `now` is in seconds; tests pass their own."""

    def __init__(self, rates: Sequence[Rate], now: Callable[[], float] = monotonic) -> None:
        self._windows = [(rate.per.total_seconds(), deque[float](maxlen=rate.most)) for rate in rates]
        self._now = now

    def due(self) -> float:
        """Seconds until the next start is allowed; 0 when it is now."""
        if not self._windows:
            return 0.0
        now = self._now()
        waits = [starts[0] + per - now for per, starts in self._windows if len(starts) == starts.maxlen]
        return max(0.0, *waits) if waits else 0.0

    def idle(self) -> bool:
        """Whether no start counts any more."""
        now = self._now()
        return all(not starts or starts[-1] + per <= now for per, starts in self._windows)

    def start(self) -> None:
        """Counts a start."""
        if self._windows:
            now = self._now()
            for _, starts in self._windows:
                starts.append(now)


class Paced:
    """Plain deliveries as a `Supply`: at the pace of some rates, for what is sent without a ledger."""

    def __init__(
        self, deliveries: Collection[Delivery], rates: Sequence[Rate], now: Callable[[], float] = monotonic
    ) -> None:
        self._pace = Pace(rates, now)
        self._left = len(deliveries)
        self._source = iter(deliveries)

    def due(self) -> float:
        """Seconds until the next may start; 0 when there is none left, so that nobody waits for nothing."""
        return self._pace.due() if self._left else 0.0

    def __iter__(self) -> Iterator[Delivery]:
        for delivery in self._source:
            self._left -= 1
            self._pace.start()
            yield delivery

    def __length_hint__(self) -> int:
        return self._left
