"""Every shipped playbook tells its own nights: the one of silence, the good one, and each turn it can take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from incident.duty.rules import shelf
from incident.playbook.model import Playbook, Step
from incident.playbook.params import check_params
from incident.playbook.testing import Expect, PlaybookTest
from incident.review.rehearsal import acting
from incident.review.rehearsal.night import Night
from incident.review.rehearsal.play import Theatre, play
from tests.playbook.test_shipped import NAMES
from tests.playbook.test_shipped_words import load

THEATRE = Theatre(rules=shelf(Path("nowhere")))
HOLDING = "holding-statement"


def expected(test: PlaybookTest) -> Iterator[Expect]:
    return (moment.expect for moment in test.moments if moment.expect is not None)


def is_of_silence(test: PlaybookTest) -> bool:
    """Nobody does anything, and time passes."""
    given = test.given
    acts = [act for moment in test.moments for act in moment.acts]
    return not (acts or given.answers or given.claims or given.roles or given.staff_after)


def played(playbook: Playbook, test: PlaybookTest) -> Night:
    """The night of a test, to its end."""
    night = THEATRE.night(playbook, test.given)
    night.declare(check_params(playbook, test.given.params))
    for moment in test.moments:
        night.advance(moment.advance)
        for act in moment.acts:
            acting.perform(act, night)
    return night


@cache
def reached(name: str) -> frozenset[str]:
    """The ids of the steps that began, or were done, in any test."""
    playbook = load(name)
    events = [event for test in playbook.tests for event in played(playbook, test).history]
    began = [one for one in events if one.kind == "did" or (one.kind == "closed" and one.data["state"] == "done")]
    return frozenset(re.sub(r"\[\d+\]", "", event.step).rpartition(".")[2] for event in began)


def all_steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from all_steps(step.steps)


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass(name: str) -> None:
    """`incident playbook test` says nothing against it."""
    failed = [(one.test.name, one.failures) for one in play(load(name), THEATRE) if not one.passed]
    assert failed == []


@pytest.mark.parametrize("name", NAMES)
def test_the_night_of_silence_is_told(name: str) -> None:
    """In one test nobody does anything: the holding statement goes out in time, what nobody has read never does, and
    the commander is called."""
    playbook = load(name)
    silent = [[*expected(test)] for test in playbook.tests if is_of_silence(test)]
    within = playbook.step("first-notice").fields["approval"].within
    assert any(
        any(one.template == HOLDING and one.at_most == within for seen in told for one in seen.sent)
        and any(one.template == "first-notice" for seen in told for one in seen.not_sent)
        and any(one.to == "commander" and one.because == "promise" for seen in told for one in seen.paged)
        for told in silent
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_good_night_is_told(name: str) -> None:
    """In one test everybody does their part: the notice itself goes out, no promise is broken, the run comes to its end
    and the incident to its resolution."""
    good = [[*expected(test)] for test in load(name).tests if test.given.staff_after and test.given.updates]
    assert any(
        any(one.template == "first-notice" and one.at_most for seen in told for one in seen.sent)
        and any(seen.promises.broken == 0 for seen in told)
        and told[-1].run == "finished"
        for told in good
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_rejected_notice_is_told(name: str) -> None:
    """In one test the words are refused: nothing goes out until somebody mends them."""
    rejected = [
        test for test in load(name).tests if any(act.verb == "reject" for moment in test.moments for act in moment.acts)
    ]
    assert any(one.step == "first-notice" for test in rejected for seen in expected(test) for one in seen.not_sent)
    assert any(one.step == "first-notice" for test in rejected for seen in expected(test) for one in seen.sent)


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_reached_by_a_test(name: str) -> None:
    """No branch is played for the first time in a real night."""
    playbook = load(name)
    steps = [step.id for step in all_steps((*playbook.steps, *playbook.finally_))]
    assert [id for id in steps if id not in reached(name)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_way_out_of_a_decision_is_reached(name: str) -> None:
    """Every choice that the commander may make leads somewhere in a test, or is the one that changes nothing."""
    playbook = load(name)
    chosen = {
        (event.step, event.data["values"]["choice"])
        for test in playbook.tests
        for event in played(playbook, test).history
        if event.kind == "answered" and "choice" in event.data.get("values", {})
    }
    for step in all_steps(playbook.steps):
        for choice in step.fields.get("choices") or ():
            wanted = any(f"'{choice}'" in other.when.text for other in all_steps(playbook.steps) if other.when)
            assert not wanted or (step.id, choice) in chosen, f"{step.id}: {choice}"
