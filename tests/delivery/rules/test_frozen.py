"""Rules in the ledger are those that were put there."""

from __future__ import annotations

from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import NONE, Rules, read, write
from incident.delivery.rules.pause import Counts, PauseIf
from incident.delivery.rules.quiet import QuietHours

SHARES = st.none() | st.floats(min_value=0.0001, max_value=1)
COUNTS = st.builds(Counts, accepted=st.integers(0, 9), failed=st.integers(0, 9), hard=st.integers(0, 9))
TIMES = st.builds(time, hour=st.integers(0, 23), minute=st.integers(0, 59))
RULES = st.builds(
    Rules,
    canary=st.none()
    | st.builds(
        Canary,
        first=st.integers(1, 10**6),
        hold=st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
        then=st.sampled_from(("continue", "ask")),
    ),
    pause_if=st.none()
    | st.builds(
        PauseIf,
        hard_bounce=SHARES,
        error=SHARES,
        after=st.integers(1, 10**6),
        seen=st.dictionaries(st.sampled_from(("email", "push")), COUNTS),
    ),
    quiet_hours=st.none() | st.builds(QuietHours, start=TIMES, end=TIMES, zone=st.just("Asia/Shanghai")),
    supersede=st.booleans(),
)


@given(RULES)
def test_written_and_read_they_are_the_same(rules: Rules) -> None:
    """Whatever the rules are."""
    assert read(write(rules)) == rules


def test_no_rules_are_the_column_s_default() -> None:
    """A broadcast of an older version has none."""
    assert write(NONE) == "{}"
    assert read("{}") == NONE
