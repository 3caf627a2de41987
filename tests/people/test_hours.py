"""Hours by the clock on the wall: over midnight, on some days, also when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.people.hours import DAYS, Hours

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = Hours(begin=time(9), end=time(18), days=DAYS[:5])
NIGHT = Hours(begin=time(22), end=time(7))
FRIDAY_NIGHT = Hours(begin=time(22), end=time(7), days=("fri",))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("hours", "local", "holds"),
    [
        (OFFICE, "2026-11-20 09:00", True),
        (OFFICE, "2026-11-20 18:00", False),
        (OFFICE, "2026-11-21 12:00", False),
        (NIGHT, "2026-11-20 21:59", False),
        (NIGHT, "2026-11-20 22:00", True),
        (NIGHT, "2026-11-21 06:59", True),
        (NIGHT, "2026-11-21 07:00", False),
        (FRIDAY_NIGHT, "2026-11-21 03:00", True),
        (FRIDAY_NIGHT, "2026-11-22 03:00", False),
    ],
)
def test_when_hours_hold(hours: Hours, local: str, holds: bool) -> None:
    """From the first minute to just before the last; a night belongs to the day on which it begins."""
    assert hours.hold(at(local), SHANGHAI) is holds


def test_the_end_of_a_night_in_which_clocks_change() -> None:
    """07:00 by the clock on the wall, although the night is an hour longer."""
    over = NIGHT.over(at("2026-10-25 01:00", BERLIN), BERLIN)
    assert over == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
)
def test_hours_always_end(now: datetime, begin: time, end: time, name: str) -> None:
    """Whoever waits for the end of quiet hours waits a day and the hour of a changed clock at most."""
    over = Hours(begin=begin, end=end).over(now, ZoneInfo(name))
    assert now < over <= now + timedelta(hours=26)
