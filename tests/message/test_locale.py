"""Languages: chains, the nearest, and how dates and numbers read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.message.cldr import Formats
from incident.message.locale import chain, nearest

SPOKEN = ("zh-Hans", "zh-Hant", "en")


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("zh-HK", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en-GB", "en"),
        ("en", "en"),
        ("fr-CA", "zh-Hans"),
        ("xx", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_nearest(wanted: str, got: str) -> None:
    """By script, as CLDR knows it; else the default."""
    assert nearest(wanted, SPOKEN, "zh-Hans") == got


def test_no_chain_crosses_scripts() -> None:
    """A reader of traditional Chinese is not handed simplified Chinese by a chain."""
    assert not {"zh", "zh-Hans"} & set(chain("zh-HK"))


@given(st.text(max_size=20))
def test_any_text_has_a_chain(tag: str) -> None:
    """Locales come from files of subscribers: whatever stands there, the chain begins with it and ends."""
    assert chain(tag)[0] == tag


def test_dates_and_numbers() -> None:
    """No invisible blanks: one of them would make an SMS UCS-2."""
    instant = datetime(2026, 12, 31, 18, 5, tzinfo=UTC)
    en = Formats(locale="en", time_zone="Asia/Kolkata")
    assert (en.clock(instant), en.day(instant), en.number(48210)) == ("11:35 PM", "Dec 31", "48,210")
    assert en.moment(instant) == "Dec 31, 11:35 PM (GMT+5:30)"
    assert (
        Formats(locale="zh-Hans", time_zone="Asia/Shanghai", zone_name="北京时间").moment(instant)
        == "1月1日 02:05（北京时间）"
    )
