"""What stops a delivery right before it is sent, in which order, and with which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest

from incident.delivery import passes
from incident.delivery.passes import Candidate, address, choice, dedupe, expire, side, suppress
from tests.clock import START

FINE = Candidate(
    address="a@example.net",
    channel="email",
    post=False,
    copy=1,
    opt_out=(),
    chosen=(),
    suppressed_for=None,
    critical=False,
    expires_at=None,
    now=START,
)
HOPELESS = replace(
    FINE,
    rehearses=True,
    address="",
    suppressed_for="bounce",
    opt_out=("all",),
    chosen=("push",),
    copy=2,
    expires_at=START,
)


def test_the_order_is_on_purpose() -> None:
    """Drills and what is live are kept apart first; what can never be sent is told before what comes too late."""
    assert (side.judge, address.judge, suppress.judge, choice.judge, dedupe.judge, expire.judge) == passes.ORDER


def test_an_auditor_reads_the_first_true_reason() -> None:
    """Mending one thing after the other shows the reasons in their order."""
    mending: list[dict[str, Any]] = [
        {"rehearses": False},
        {"address": "a@example.net"},
        {"suppressed_for": None},
        {"opt_out": ()},
        {"chosen": ()},
        {"copy": 1},
    ]
    cases = accumulate(mending, lambda case, mend: replace(case, **mend), initial=HOPELESS)
    verdicts = [passes.judge(case) for case in cases]
    reasons = [verdict.reason for verdict in verdicts if verdict]
    known = ["wrong_side", "no_address", "suppression_list", "opt_out", "not_chosen", "same_address", "expired"]
    assert reasons == known


@pytest.mark.parametrize(
    ("change", "gets_by"),
    [
        ({"rehearses": False}, True),
        ({"rehearses": True}, False),
        ({"drill": True, "rehearses": True}, True),
        ({"drill": True, "rehearses": True, "sink": True}, True),
        ({"drill": True, "rehearses": False}, False),
        ({"drill": True, "rehearses": False, "sink": True}, False),
        ({"drill": True}, True),
        ({"drill": True, "post": True}, False),
        ({"drill": True, "post": True, "sink": True}, True),
        ({"post": True, "sink": True}, False),
        ({"sink": True}, False),
    ],
)
def test_a_drill_and_what_is_live_never_meet(change: dict[str, Any], gets_by: bool) -> None:
    """Whoever is marked for drills gets drills alone; a drill posts into files alone; staff are on both sides."""
    verdict = passes.judge(replace(FINE, **change))
    assert (verdict is None) == gets_by
    assert verdict is None or verdict.reason == "wrong_side"


def test_what_nobody_objects_to_is_sent() -> None:
    """No reason, no verdict."""
    assert passes.judge(FINE) is None


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({"address": ""}, "suppressed", "no_address"),
        ({"suppressed_for": "complaint"}, "suppressed", "suppression_list"),
        ({"opt_out": ("all",)}, "suppressed", "opt_out"),
        ({"opt_out": ("email",)}, "suppressed", "opt_out"),
        ({"chosen": ("push", "sms")}, "suppressed", "not_chosen"),
        ({"copy": 2}, "deduplicated", "same_address"),
        ({"expires_at": START}, "expired", "expired"),
    ],
)
def test_each_reason_has_its_state(change: dict[str, Any], state: str, reason: str) -> None:
    """One objection, one state, one reason."""
    assert passes.judge(replace(FINE, **change)) == passes.Verdict(state, reason)


@pytest.mark.parametrize(
    "change",
    [
        {"opt_out": ("push",)},
        {"chosen": ("email", "push")},
        {"expires_at": START + timedelta(seconds=1)},
        {"address": "", "post": True},
        {"chosen": ("push",), "post": True},
    ],
)
def test_what_looks_like_an_objection_and_is_none(change: dict[str, Any]) -> None:
    """Another channel's opt-out, a channel that was chosen, time that is left, a post for all."""
    assert passes.judge(replace(FINE, **change)) is None


def test_the_law_overrides_what_people_chose_and_nothing_else() -> None:
    """A notice that the law obliges to send reaches those who opted out, but no address that is known to be dead."""
    by_law = replace(FINE, critical=True)
    assert passes.judge(replace(by_law, opt_out=("all",), chosen=("push",))) is None
    for change in ({"address": ""}, {"suppressed_for": "bounce"}, {"copy": 2}, {"expires_at": START}):
        assert passes.judge(replace(by_law, **change)) is not None
