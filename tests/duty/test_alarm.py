"""However the clock jumps and however often somebody looks: each alarm is rung once, in its order, and none is lost."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident.duty.alarm import Alarm, due, ordered
from tests.clock import START

MINUTES = st.integers(min_value=-200, max_value=400)


@given(times=st.lists(MINUTES, max_size=8), looks=st.lists(MINUTES, max_size=20))
def test_each_alarm_is_rung_once_whatever_the_clock_does(times: list[int], looks: list[int]) -> None:
    """Looks at any times, forwards and backwards: what was rung is a beginning of the list, without gap or repeat, and
    all whose time had come at any look are in it."""
    alarms = ordered([Alarm(at=START + timedelta(minutes=at), what=str(n)) for n, at in enumerate(times)])
    rung, heard = 0, []
    for look in looks:
        ring = due(alarms, rung, START + timedelta(minutes=look))
        heard += ring.alarms
        rung = ring.rung
    assert heard == list(alarms[: len(heard)])
    latest = max(looks, default=None)
    come = [one for one in alarms if latest is not None and one.at <= START + timedelta(minutes=latest)]
    assert heard == come


@given(times=st.lists(MINUTES, min_size=1, max_size=8))
def test_whoever_wakes_when_told_hears_all(times: list[int]) -> None:
    """Waking at each `next_due` rings everything, and then there is nothing to wake for."""
    alarms = ordered([Alarm(at=START + timedelta(minutes=at), what="") for at in times])
    ring = due(alarms, 0, START - timedelta(days=1))
    heard = 0
    while ring.next_due is not None:
        ring = due(alarms, ring.rung, ring.next_due)
        heard += len(ring.alarms)
    assert heard == len(times)


def test_who_slept_through_three_is_called_once() -> None:
    """Alarms that are due together are rung together."""
    alarms = [Alarm(at=START + timedelta(minutes=at), what=str(at)) for at in (1, 2, 3)]
    assert [one.what for one in due(alarms, 0, START + timedelta(hours=1)).alarms] == ["1", "2", "3"]
