"""What a channel's answer means for a delivery: `judge_outcome`, rule by rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident import retry
from incident.channel.port import DEFERRED, REFUSED, UNKNOWN, Deferred, Refused, Sent, Unknown
from incident.delivery.judgement import judge_outcome
from tests.clock import START

POLICY = retry.Policy(attempts=3, first=timedelta(seconds=30), longest=timedelta(minutes=2), jitter=0.2)


def test_sent_is_accepted() -> None:
    """And nothing follows."""
    assert judge_outcome(Sent("250"), POLICY, 1, START, None) == ("accepted", None, None)


@pytest.mark.parametrize("reason", REFUSED)
def test_a_permanent_error_is_never_tried_again(reason: str) -> None:
    """Whatever the reason, and however many tries are left."""
    assert judge_outcome(Refused(reason, "550"), POLICY, 1, START, None) == ("refused", reason, None)


@pytest.mark.parametrize("reason", UNKNOWN)
def test_what_nobody_knows_is_not_guessed(reason: str) -> None:
    """It is a state of its own, with no next time."""
    assert judge_outcome(Unknown(reason), POLICY, 1, START, None) == ("unknown", reason, None)


@pytest.mark.parametrize("reason", DEFERRED)
def test_a_temporary_error_waits(reason: str) -> None:
    """For the policy's time, which doubles; the jitter only adds."""
    for attempt, least in ((1, 30), (2, 60)):
        state, why, again = judge_outcome(Deferred(reason), POLICY, attempt, START, None)
        assert (state, why) == ("deferred", reason)
        assert again is not None
        assert timedelta(seconds=least) <= again - START <= timedelta(seconds=least * 1.2)


def test_the_server_knows_best_when_it_wants_it_again() -> None:
    """Retry-After is neither shortened nor lengthened."""
    outcome = Deferred("busy", "503", wait=timedelta(minutes=7))
    assert judge_outcome(outcome, POLICY, 1, START, None)[2] == START + timedelta(minutes=7)


def test_it_waits_no_longer_than_its_words_are_true() -> None:
    """At the expiry it is looked at again, and expires."""
    expiry = START + timedelta(seconds=5)
    assert judge_outcome(Deferred("busy"), POLICY, 1, START, expiry)[2] == expiry


def test_after_the_last_try_it_is_given_up() -> None:
    """As refused, with a reason of its own, so that a person can still say: again."""
    assert judge_outcome(Deferred("busy"), POLICY, 3, START, None) == ("refused", "gave_up", None)


@given(attempt=st.integers(1, 60), first=st.integers(1, 600), longest=st.integers(1, 7200))
def test_every_wait_is_bounded(attempt: int, first: int, longest: int) -> None:
    """Never shorter than the smaller of the two, never longer than the longest and its jitter."""
    policy = retry.Policy(attempts=100, first=timedelta(seconds=first), longest=timedelta(seconds=longest))
    wait = retry.wait_after(policy, attempt).total_seconds()
    assert min(first, longest) <= wait <= longest * 1.2 + 1e-3
