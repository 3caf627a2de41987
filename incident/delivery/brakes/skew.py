"""Clocks of several machines, of which one may be wrong: what was written by a clock that has gone back meanwhile."""

from __future__ import annotations

SKEW = 10_000
"""Milliseconds by which clocks of machines may differ. Up to here whoever is behind waits; beyond, the clock that wrote
was wrong, or was set back."""


def gone_back(written_at: int, now: int) -> int:
    """Milliseconds by which instants that were written at `written_at` are to be moved, zero or negative: they then lie
    as far ahead of `now` as they lay ahead of the clock that wrote them. Nothing waits for a day, nothing bursts."""
    return now - written_at if now < written_at - SKEW else 0
