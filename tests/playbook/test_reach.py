"""Circles in the order of steps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incident.playbook.reach import before, behind_circles, circles

IDS = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(IDS, st.lists(IDS, max_size=3).map(tuple), max_size=6)


def test_a_circle_is_told_once_from_its_first_step() -> None:
    """Three steps in a ring are one mistake, not three."""
    assert circles({"z": (), "a": ("c",), "b": ("a",), "c": ("b", "z")}) == [("a", "c", "b")]


def test_what_waits_for_a_circle_is_unreachable() -> None:
    """The step behind it is not in it."""
    assert behind_circles({"a": ("b",), "b": ("a",), "c": ("b",), "d": ()}) == {"c": "a"}


@given(GRAPHS)
def test_a_circle_is_a_way_along_the_needs(needs: dict) -> None:
    """Each step of a told circle needs the next, and the last needs the first."""
    for circle in circles(needs):
        for one, following in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert following in needs[one]


@given(GRAPHS)
def test_every_step_is_reachable_or_told(needs: dict) -> None:
    """Doing what can be done, in any order, leaves exactly the steps in circles and behind them."""
    done: set[str] = set()
    while ready := [id for id in needs if id not in done and all(n in done for n in needs[id] if n in needs)]:
        done.update(ready)
    stuck = {id for id in needs if id in before(needs)[id]} | set(behind_circles(needs))
    assert set(needs) - done == stuck
