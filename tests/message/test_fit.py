"""Lengths in the channels' own units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.message import fit

GSM = st.text(alphabet="abcXYZ 019.,@£é€{}\n", max_size=700)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("a" * 71 + "’", 2),
        ("", 1),
    ],
)
def test_sms_segments(text: str, segments: int) -> None:
    """GSM 160/153 with escapes never torn, UCS-2 70/67."""
    assert fit.sms_segments(text) == segments


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("hello", 5),
        ("你好", 4),
        ("https://status.example.com/incidents/2026/007", 23),
        ("见 https://a.cn/x。", 2 + 1 + 23 + 2),
        ("👨‍👩‍👧‍👦", 2),
        ("é", 1),
        ("“q”", 3),
    ],
)
def test_x_weight(text: str, weight: int) -> None:
    """Chinese and emoji weigh two, a URL 23, composed first (NFC)."""
    assert fit.x_weight(text) == weight


def test_weibo_counts_ascii_half_and_urls_ten() -> None:
    """140 is meant in Chinese characters."""
    assert fit.weibo("中文ab") == 3
    assert fit.weibo("a") == 1
    assert fit.weibo("https://status.example.com/a/long/path") == 10


def test_bluesky_is_measured_by_whichever_limit_is_nearer() -> None:
    """300 graphemes and 3,000 bytes: families of emoji reach the bytes first."""
    assert fit.measure("bluesky", "text", "a" * 299).unit == "graphemes"
    assert fit.measure("bluesky", "text", "👨‍👩‍👧‍👦" * 150).unit == "bytes"


@given(GSM)
def test_sms_segments_hold_the_text(text: str) -> None:
    """As many segments as it takes, and not one more than tearing nothing apart costs."""
    units = sum(2 if character in "€{}" else 1 for character in text)
    segments = fit.sms_segments(text)
    assert units <= (160 if segments == 1 else 153 * segments)
    if segments > 1:
        assert units > 152 * (segments - 1)


@given(st.text(max_size=300), st.text(max_size=50))
def test_a_longer_text_is_never_shorter(text: str, more: str) -> None:
    """Counting bytes, UTF-16 units and SMS segments is monotone: nobody fits by writing more."""
    for unit in ("bytes", "utf16", "sms", "characters"):
        if unit == "sms" and fit.is_gsm(text) != fit.is_gsm(text + more):
            continue
        assert fit.UNITS[unit](text + more) >= fit.UNITS[unit](text)


@given(st.text(max_size=200))
def test_units_agree_on_their_order(text: str) -> None:
    """No more graphemes than characters, no more characters than UTF-16 units, no more of these than bytes."""
    graphemes, characters = fit.UNITS["graphemes"](text), len(text)
    assert graphemes <= characters <= fit.utf16(text) <= max(fit.UNITS["bytes"](text), fit.utf16(text))
    assert fit.x_weight(text) <= 2 * characters * 2


def test_every_limit_names_its_source_and_day() -> None:
    """Vendors change limits: who reads one can look it up again."""
    assert all(limit.source and limit.checked_on and limit.most for limit in fit.limits())
    assert {"x", "mastodon", "bluesky", "weibo", "sms", "push", "email", "chat", "wecom"} <= fit.networks()


def test_the_networks_own_limit_comes_before_the_mediums() -> None:
    """600 bytes of chat fit anywhere; 3,000 fit Feishu, not a robot nobody named."""
    assert fit.misfits("chat", "", {"text": "a" * 3000})
    assert not fit.misfits("chat", "feishu", {"text": "a" * 3000})
    assert str(fit.misfits("push", "ntfy", {"title": "字" * 21})["title"]) == "63 of 60 bytes"
