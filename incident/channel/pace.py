"""How fast deliveries may start: several limits at once, each a sliding window (20 a minute and 5 a second).

It counts the starts of this process; a limit across processes is the ledger's affair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic, sleep

from incident.channel.spec import Rate

_BLINK = 0.05  # seconds; how soon a stop is noticed while waiting


class Pace:
    """`wait` returns when the next start keeps every rate. `now` and `pause` are in seconds; tests pass their own."""

    def __init__(
        self,
        rates: Sequence[Rate],
        now: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._windows = [(rate.per.total_seconds(), deque[float](maxlen=rate.most)) for rate in rates]
        self._now = now
        self._pause = pause

    def due(self) -> float:
        """Seconds until the next start is allowed; 0 when it is now."""
        now = self._now()
        waits = [starts[0] + per - now for per, starts in self._windows if len(starts) == starts.maxlen]
        return max(0.0, *waits) if waits else 0.0

    def wait(self, stopped: Callable[[], bool]) -> bool:
        """Waits for the next start and counts it. False, and nothing counted, when it was stopped meanwhile."""
        while not stopped():
            left = self.due()
            if left <= 0:
                now = self._now()
                for _, starts in self._windows:
                    starts.append(now)
                return True
            self._pause(min(left, _BLINK))
        return False
