"""Quiet hours by the clocks of a zone, also when these are moved."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from incident.delivery.rules.quiet import QuietHours, judge, until

NIGHT = QuietHours(start=time(22), end=time(8), zone="Asia/Shanghai")
SIESTA = QuietHours(start=time(13), end=time(15), zone="Asia/Shanghai")


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (utc(14, 13, 59), None),  # 21:59 in Shanghai
        (utc(14, 14), utc(15, 0)),
        (utc(14, 23, 59), utc(15, 0)),
        (utc(15, 0), None),
    ],
    ids=["before", "from the first minute", "after midnight", "over"],
)
def test_a_night_goes_past_midnight(now: datetime, over: datetime | None) -> None:
    """From 22:00 until 08:00, the first minute within and the last one without."""
    assert until(NIGHT, now) == over


def test_hours_of_one_day() -> None:
    """From 13:00 until 15:00."""
    assert until(SIESTA, utc(14, 6)) == utc(14, 7)
    assert until(SIESTA, utc(14, 8)) is None


def test_clocks_that_are_moved_are_followed() -> None:
    """In Berlin the night of 29 March 2026 is an hour shorter: 08:00 is 06:00 UTC, not 07:00."""
    berlin = QuietHours(start=time(22), end=time(8), zone="Europe/Berlin")
    assert until(berlin, utc(28, 22)) == utc(29, 6)
    assert until(berlin, utc(27, 22)) == utc(28, 7)


def test_the_worst_severity_waits_for_no_morning() -> None:
    """Nor does a broadcast without quiet hours."""
    assert judge(NIGHT, "sev1", utc(14, 20)) is None
    assert judge(None, "sev3", utc(14, 20)) is None
    assert judge(NIGHT, "sev2", utc(14, 20)) == utc(15, 0)
