"""What was left alone too long does not go out by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident.delivery.rules.stale import judge
from tests.clock import START

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("cared_for", "due", "stale"),
    [
        (START - 2 * HOUR, START - 2 * HOUR, True),
        (START - HOUR, START - 2 * HOUR, False),
        (START - 9 * HOUR, START - MINUTE, False),
        (START - 9 * HOUR, START + HOUR, False),
        (START - 9 * HOUR, None, False),
    ],
    ids=["left alone", "looked after", "due a moment ago", "not due yet", "nothing to send"],
)
def test_stale_is_what_could_have_been_sent(cared_for: object, due: object, stale: bool) -> None:
    """Waiting on purpose is not being left alone."""
    assert (judge(cared_for, due, START, HOUR) is not None) == stale  # type: ignore[arg-type]
