"""What follows from a canary's slice, at each moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident.delivery.rules.canary import Canary, Slice, judge
from incident.delivery.rules.pause import PauseIf
from tests.clock import START
from tests.delivery.rules.test_pause import pulse

CANARY = Canary(first=200, hold=timedelta(minutes=5))
HOUR = timedelta(hours=1)
GOOD = (pulse(accepted=198, refused=2),)
THROUGH = Slice(busy=False, through_at=START, pulse=GOOD)


@pytest.mark.parametrize(
    ("seen", "minutes", "act"),
    [
        (Slice(busy=True, through_at=None, pulse=GOOD), 0, "wait"),
        (Slice(busy=False, through_at=None, pulse=()), 0, "widen"),
        (Slice(busy=False, through_at=None, pulse=GOOD), 0, "through"),
        (THROUGH, 4, "wait"),
        (THROUGH, 5, "go-on"),
        (Slice(busy=False, through_at=START, pulse=(pulse(deferred=200),)), 5, "hold"),
        (THROUGH, 66, "hold"),
    ],
    ids=["being sent", "nobody could be asked", "tried", "within the hold", "well", "nobody accepted", "slept through"],
)
def test_each_moment_has_its_move(seen: Slice, minutes: int, act: str) -> None:
    """It goes on by itself only when somebody accepted, in time."""
    assert judge(CANARY, seen, None, START + timedelta(minutes=minutes), HOUR).act == act


def test_few_failures_of_few_are_enough() -> None:
    """A slice is smaller than the rule's `after`; its share counts all the same."""
    seen = Slice(busy=False, through_at=START, pulse=(pulse(accepted=8, refused=2),))
    move = judge(CANARY, seen, PauseIf(error=0.05, after=500), START + HOUR / 6, HOUR)
    assert move.stop is not None
    assert move.stop.reason == "error"


def test_it_asks_when_it_should() -> None:
    """`then: ask` waits for a word, with the figures to decide by."""
    asks = Canary(first=200, hold=timedelta(minutes=5), then="ask")
    move = judge(asks, THROUGH, None, START + HOUR / 6, HOUR)
    assert move.stop is not None
    assert move.stop.reason == "canary"
    assert "198 accepted, 2 failed, 0 put off" in move.stop.why
