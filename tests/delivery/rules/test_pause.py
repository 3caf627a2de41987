"""When a broadcast that goes wrong is held: shares of what is known, channel by channel."""

from __future__ import annotations

from typing import Any

import pytest

from incident.delivery.rules.pause import Counts, PauseIf, judge


def pulse(channel: str = "email", **counted: int) -> dict[str, Any]:
    """One row of the pulse."""
    return {"channel": channel, "accepted": 0, "refused": 0, "hard": 0, "deferred": 0, "unknown": 0, **counted}


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        ({"accepted": 98, "refused": 2, "hard": 2}, None),
        ({"accepted": 97, "refused": 3, "hard": 3}, "hard_bounce"),
        ({"accepted": 95, "refused": 5}, None),
        ({"accepted": 94, "refused": 3, "unknown": 3}, "error"),
        ({"accepted": 90, "refused": 9, "hard": 9}, None),
        ({"accepted": 90, "deferred": 5_000}, None),
    ],
    ids=["at the limit", "dead addresses", "errors at the limit", "unknown counts", "too few", "put off is no outcome"],
)
def test_a_share_above_its_limit_stops(counted: dict[str, int], reason: str | None) -> None:
    """2 % dead addresses or 5 % failures, once a hundred outcomes are known."""
    stop = judge([pulse(**counted)], PauseIf(hard_bounce=0.02, error=0.05, after=100))
    assert (stop.reason if stop else None) == reason


def test_the_reason_has_its_figures() -> None:
    """Whoever reads the timeline at night need not count."""
    stop = judge([pulse(accepted=950, refused=50, hard=50)], PauseIf(hard_bounce=0.02, after=500))
    assert stop is not None
    assert stop.why == "50 of 1000 addresses are dead by email (5 %; the limit is 2 %)"


def test_one_sick_channel_is_not_hidden_by_a_healthy_one() -> None:
    """Each channel is judged on its own."""
    rows = [pulse("push", accepted=100_000), pulse("email", accepted=100, refused=100)]
    stop = judge(rows, PauseIf(error=0.05))
    assert stop is not None
    assert "by email" in stop.why


def test_senders_are_counted_together() -> None:
    """Each sender has a row of its own; none has seen enough alone."""
    rows = [pulse(accepted=40, refused=10), pulse(accepted=40, refused=10)]
    assert judge(rows[:1], PauseIf(error=0.05)) is None
    assert judge(rows, PauseIf(error=0.05)) is not None


def test_what_was_seen_stops_nothing_twice() -> None:
    """After a release it is counted anew: the old failures do not hold it again, new ones do."""
    rule = PauseIf(error=0.05, after=10, seen={"email": Counts(accepted=50, failed=50)})
    assert judge([pulse(accepted=70, refused=50)], rule) is None
    assert judge([pulse(accepted=70, refused=60)], rule) is not None
