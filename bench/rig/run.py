"""One run of one client: how many mails in how many seconds, of the clock and of the processor."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    mails: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds

    @property
    def cpu_each(self) -> float:
        """Microseconds of the client's processor for each mail."""
        return self.cpu / self.mails * 1e6


def median_rate(runs: Sequence[Run]) -> float:
    return statistics.median(run.rate for run in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """How many times as fast, round by round: what else the machine does disturbs both of a round alike."""
    return statistics.median(run.rate / other.rate for run, other in zip(runs, others, strict=True))
