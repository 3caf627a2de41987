"""Limits as arithmetic: never more than allowed in any stretch, hardly less over a long one, and room for a page."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident.channel.spec import Rate
from incident.delivery.brakes.rate import grant, horizon, meters, rates_of
from incident.now import ms
from tests.clock import START
from tests.delivery.brakes.limits import broken, rate

NOW = ms(START)

RATES = st.lists(
    st.builds(
        Rate,
        per=st.sampled_from([1, 2, 5, 60, 300, 3_600]).map(lambda seconds: timedelta(seconds=seconds)),
        most=st.integers(1, 300),
    ),
    min_size=1,
    max_size=3,
)
ASKED = st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 60), st.booleans()), max_size=30)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RATES, ASKED)
def test_no_stretch_holds_more_than_allowed(rates: list[Rate], asked: list[tuple[int, int, bool]]) -> None:
    """Whoever asks, whenever, for how many, in which lane: every window of every rate holds."""
    metered, now, starts = meters(rates), NOW, list[int]()
    for waited, count, urgent in asked:
        now += waited
        given = grant(metered, now, count, urgent=urgent)
        assert given == sorted(given)
        assert given[0] >= now
        starts += given
    assert broken(starts, rates) == []


@settings(deadline=None)
@given(RATES)
def test_little_is_given_away(rates: list[Rate]) -> None:
    """Under steady demand at least nine tenths of the lowest limit are used."""
    count = 3 * max(one.most for one in rates)
    starts = grant(meters(rates), NOW, count)
    spent = starts[-1] - NOW
    fastest = max((count - one.most) * (one.per / timedelta(milliseconds=1)) / one.most for one in rates)
    longest = max(one.per / timedelta(milliseconds=1) for one in rates)
    assert spent * 0.9 <= fastest + longest


@pytest.mark.parametrize(
    ("most", "seconds"), [(1, 1), (5, 1), (9, 1), (10, 1), (20, 60), (100, 1), (1_000, 1), (7_777, 1)]
)
def test_one_window_is_used_to_nine_tenths(most: int, seconds: int) -> None:
    """The rate over many windows, to the millisecond."""
    starts = grant(meters([rate(most, seconds)]), NOW, max(10 * most, 100))
    spent = starts[-1] - starts[0]
    allowed = (len(starts) - 1) * 1_000 * seconds / most
    assert allowed <= spent <= allowed / 0.9 + 1


def test_the_shortest_window_is_spread() -> None:
    """No two starts of a broadcast stand closer than the rate's own distance, however long nothing was sent."""
    starts = grant(meters([rate(20, 60), rate(100, 3_600)]), NOW, 50)
    assert {later - earlier >= 3_000 for earlier, later in pairwise(starts)} == {True}


def test_a_longer_window_is_a_quota() -> None:
    """60 messages under 20 a minute and 100 an hour take three minutes, not 36; the hundredth waits for the hour."""
    limits = meters([rate(20, 60), rate(100, 3_600)])
    starts = grant(limits, NOW, 96)
    assert starts[59] - NOW < 200_000
    assert starts[94] - NOW < 300_000
    assert starts[95] - NOW >= 3_600_000


def test_a_page_waits_for_no_broadcast() -> None:
    """Behind thousand reserved starts of a broadcast an urgent one begins now, and so do as many as were kept."""
    limits = meters([rate(100, 1)])
    grant(limits, NOW, 1_000)
    assert grant(limits, NOW, 5, urgent=True) == [NOW] * 5
    assert grant(limits, NOW, 1, urgent=True)[0] > NOW


def test_a_page_leaves_the_reserve_alone_where_the_line_is_free() -> None:
    """While nobody waits, urgent starts take their place in the line; the reserve is there for later."""
    limits = meters([rate(20, 60)])
    assert grant(limits, NOW, 2, urgent=True) == [NOW, NOW]
    assert sum(limits[0].reserve.kept(NOW).values()) == 1
    assert grant(limits, NOW, 1, urgent=True)[0] > NOW


def test_a_small_window_keeps_nothing_back() -> None:
    """Of less than ten nothing can be spared: a page stands in the line."""
    limits = meters([rate(5, 1)])
    grant(limits, NOW, 1)
    assert grant(limits, NOW, 1, urgent=True)[0] > NOW


def test_up_to_an_instant() -> None:
    """Only what starts until then is granted; what lies behind is not counted."""
    limits = meters([rate(20, 60)])
    assert len(grant(limits, NOW, 10, until=NOW + 7_000)) == 3
    assert grant(limits, NOW, 10, until=NOW + 7_000) == []
    assert grant(limits, NOW, 1)[0] - NOW < 10_000


@pytest.mark.parametrize(
    ("rates", "fits"),
    [
        ([], 1_000_000),
        ([rate(1_000, 1)], 950),
        ([rate(20, 60)], 1),
        ([rate(100, 1), rate(30, 3_600)], 29),
        ([rate(1, 3_600)], 1),
    ],
)
def test_horizon(rates: list[Rate], fits: int) -> None:
    """How many starts fit into a second; at least one."""
    assert horizon(rates, 1.0) == fits


class Described:
    def __init__(self, account: str, *rates: Rate) -> None:
        self.account = account
        self.rates = rates


def test_an_account_keeps_the_limits_of_all_its_channels() -> None:
    """Every window that any of them names; where two speak of one, the lower holds."""
    channels = [
        Described("relay", rate(20, 60)),
        Described("relay", rate(50, 60), rate(100, 3_600)),
        Described("push", rate(1, 1)),
    ]
    assert rates_of("relay", channels) == (rate(20, 60), rate(100, 3_600))
    assert rates_of("robot", channels) == ()
