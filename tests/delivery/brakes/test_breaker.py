"""What an outcome says of the whole account: rule by rule, and a long life in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown
from incident.delivery.brakes.breaker import (
    FEW,
    FREE,
    LEASE,
    LONGEST_PENALTY,
    LONGEST_PROBE,
    Breaker,
    backoff,
    judge,
    judge_all,
    may_pass,
)
from tests.clock import START

DEAD = Deferred("unreachable", "", "No connection.")
SLOWER = Deferred("rate", "http 429", "slow down", timedelta(minutes=10))


def stopped(outcome: Outcome = DEAD) -> Breaker:
    found = judge(outcome, FREE, START)
    assert found is not None
    return found


def probed(breaker: Breaker, outcome: Outcome, now: datetime) -> Breaker | None:
    """The state after the probe's outcome."""
    return judge(outcome, replace(breaker, prober="me", lease_until=now + LEASE), now, owner="me")


@pytest.mark.parametrize("reason", ["unreachable", "tls", "not_authorised", "storage"])
def test_a_dead_account_is_stopped_at_once(reason: str) -> None:
    """One is enough where nobody behind can fare better."""
    found = stopped(Deferred(reason))
    assert (found.reason, found.since, found.until) == (reason, START, START + timedelta(seconds=5))


@pytest.mark.parametrize("reason", ["rate", "busy"])
def test_a_wait_that_the_server_names_is_kept(reason: str) -> None:
    """Retry-After, or a robot's penalty: until then, to the second; never longer than a day."""
    assert stopped(Deferred(reason, wait=timedelta(minutes=10))).until == START + timedelta(minutes=10)
    assert stopped(Deferred(reason, wait=timedelta(days=9))).until == START + LONGEST_PENALTY


@pytest.mark.parametrize(
    "outcome",
    [
        Deferred("busy"),
        Deferred("rate"),
        Deferred("rate", wait=timedelta(0)),
        Deferred("interrupted"),
        Unknown("timeout"),
        Unknown("no_reply"),
        Refused("not_authorised"),
        Refused("misconfigured"),
    ],
)
def test_a_few_in_a_row_stop(outcome: Outcome) -> None:
    """One says nothing of the account; five in a row do, and one answer in between begins the count anew."""
    assert judge_all([outcome] * (FEW - 1), FREE, START).until is None
    assert judge_all([outcome] * FEW, FREE, START).until == START + timedelta(seconds=5)
    assert judge_all([*[outcome] * (FEW - 1), Sent(), outcome], FREE, START).until is None


@pytest.mark.parametrize(
    "outcome",
    [Sent(), Refused("bad_address"), Refused("blocked"), Deferred("mailbox_full"), Deferred("greylisted", wait=LEASE)],
)
def test_an_answer_about_one_recipient_frees(outcome: Outcome) -> None:
    """Yes or no, the server works; where nothing was wrong nothing is written."""
    assert judge(outcome, stopped(), START) == FREE
    assert judge(outcome, FREE, START) is None


def test_a_penalty_is_not_ended_by_what_was_on_its_way() -> None:
    """A mail that was accepted a moment later had left before: the server's time holds until a probe tells."""
    penalty = stopped(SLOWER)
    assert judge(Sent(), penalty, START) is None
    assert probed(penalty, Sent(), START + timedelta(minutes=10)) == FREE


def test_a_penalty_gets_longer_only_by_the_servers_word() -> None:
    """A shorter wait, or a failure of what was on its way, changes nothing; a longer one holds."""
    penalty = stopped(SLOWER)
    assert judge(Deferred("rate", wait=timedelta(seconds=1)), penalty, START) is None
    assert judge(DEAD, penalty, START) is None
    longer = judge(SLOWER, penalty, START + timedelta(minutes=1))
    assert longer is not None
    assert longer.until == START + timedelta(minutes=11)


def test_many_that_were_on_their_way_count_once() -> None:
    """Fifty connections that find the relay dead do not make fifty steps of waiting."""
    assert judge_all([DEAD] * 50, FREE, START) == stopped()


def test_probes_come_less_often() -> None:
    """5 s, 10 s, 20 s … at most two minutes; since when it is dead is kept."""
    assert [backoff(trips).total_seconds() for trips in range(7)] == [5, 10, 20, 40, 80, 120, 120]
    again = probed(stopped(), DEAD, START + timedelta(seconds=5))
    assert again is not None
    assert (again.since, again.until, again.prober) == (START, START + timedelta(seconds=15), "")


def test_a_probe_decides_with_any_failure() -> None:
    """A relay that connects and is then busy is not well yet."""
    again = probed(stopped(), Deferred("busy"), START + timedelta(seconds=5))
    assert again is not None
    assert (again.reason, again.until) == ("busy", START + timedelta(seconds=15))


class Life(RuleBasedStateMachine):
    """Three senders on one account, any outcome at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.breaker = FREE
        self.asked_until = START

    outcomes = st.sampled_from(
        [Sent(), Refused("bad_address"), DEAD, SLOWER, Deferred("busy"), Deferred("tls"), Unknown("timeout")]
    )
    owners = st.sampled_from(["a", "b", "c"])

    @rule(seconds=st.integers(0, 400))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.breaker.until is not None and self.breaker.until <= self.now)
    @rule(owner=owners)
    def somebody_probes(self, owner: str) -> None:
        if may_pass(self.breaker, self.now, owner).may == "probe":
            self.breaker = replace(self.breaker, prober=owner, lease_until=self.now + LEASE)

    @rule(owner=owners, outcome=outcomes)
    def somebody_hears(self, owner: str, outcome: Outcome) -> None:
        before, probe = self.breaker, self.breaker.probed_by(owner)
        after = judge(outcome, before, self.now, owner=owner)
        if outcome == SLOWER:
            self.asked_until = max(self.asked_until, self.now + timedelta(minutes=10))
        if after is not None:
            assert after != before
            assert probe or before.until is None or after == FREE or after.asked
            self.breaker = after

    @rule()
    def the_probe_succeeds(self) -> None:
        if self.breaker.prober:
            self.breaker = judge(Sent(), self.breaker, self.now, owner=self.breaker.prober) or self.breaker
            assert self.breaker == FREE

    @invariant()
    def at_most_one_may_probe(self) -> None:
        """And nobody while the server's own time runs."""
        given = [may_pass(self.breaker, self.now, owner).may for owner in ("a", "b", "c")]
        if self.breaker.prober and self.breaker.lease_until is not None and self.breaker.lease_until > self.now:
            assert given.count("probe") <= 1
        if self.now < self.asked_until:
            assert set(given) == {"none"}

    @invariant()
    def the_wait_is_bounded(self) -> None:
        if self.breaker.until is not None and not self.breaker.asked:
            assert self.breaker.until - self.now <= LONGEST_PROBE
        if self.breaker.until is None:
            assert self.breaker.failures < FEW

    @invariant()
    def who_must_wait_knows_until_when(self) -> None:
        for owner in ("a", "b", "c"):
            found = may_pass(self.breaker, self.now, owner)
            assert found.may != "none" or (found.until is not None and found.until > self.now and found.why)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
