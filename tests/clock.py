"""A clock that tests move by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from incident.now import parse_duration

START = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
"""Where every test's clock begins: 3 a.m., of course."""


class MovableClock:
    """An `incident.now.Clock`: call it for the instant, `advance` it."""

    def __init__(self, instant: datetime = START) -> None:
        self.instant = instant

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, duration: str | timedelta) -> datetime:
        """Moves on by `5m` or a timedelta; returns the new instant."""
        self.instant += parse_duration(duration) if isinstance(duration, str) else duration
        return self.instant
