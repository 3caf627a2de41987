"""The tests that stand in a playbook: played in virtual time by the same rules as a real night."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from incident.playbook.loader import load_file, reload
from incident.playbook.model import Playbook
from incident.playbook.params import check_params
from incident.playbook.shelf import SHIPPED
from incident.playbook.testing import Given
from incident.review.rehearsal.play import play
from incident.run.validity import wrongs
from tests.playbook.nights import HEAD, STEPS, THEATRE, VOCABULARY, book, results, told


def test_a_night_when_nobody_answers() -> None:
    """The holding statement goes out at the end of the gate, the commander is called for roles and late words."""
    assert (
        told("""
  - name: Nobody
    advance: 10m
    expect:
      sent: {step: notice, template: holding-statement, at_least: 10m, at_most: 10m}
      not_sent: [{template: first-notice}, notice.update]
      paged: [{to: comms, because: call, at_most: 0m}, {to: commander, because: role/commander, at_least: 5m}]
      not_paged: [{because: promise}]
      open_gates: [notice]
      waiting_for: [notice, decide, over]
      steps: {move: new, call: open, over: open}
      promises: {kept: 1, broken: 0, open: 1}
      run: running
    then:
      - advance: 31m
        expect:
          sent: {template: holding-statement, times: 2}
          paged: [{to: commander, because: promise, at_least: 35m}]
          promises: {broken: 1}
      - {advance: 20m, expect: {steps: {call: done}, warned: [{clock: cn-pboc-class1, at: 50}]}}
""")
        == []
    )


def test_people_answer_when_the_test_says_so() -> None:
    """A gate after three minutes, a call after one, a question with its answer, a task, a role."""
    assert (
        told("""
  - name: A good night
    given:
      answers:
        notice: {after: 3m, by: zhao}
        call: 1m
        decide: {after: 4m, values: {choice: go, users: 7}}
        move: 10m
      claims: {commander: {after: 2m, by: li}, comms: never}
    advance: 3m
    expect:
      sent: {step: notice, template: first-notice, at_least: 3m}
      open_gates: []
      steps: {notice: done, call: done}
      that: ["roles.commander == 'li'", "steps['call'].by == 'comms-1'"]
    then:
      - {advance: 1m, expect: {open_tasks: move, that: "steps['decide'].users == 7"}}
      - {advance: 10m, expect: {steps: {move: done, probe: done}, paged: [{because: role/comms}]}}
      - {update: {phase: monitoring}, expect: {sent: notice.update, phase: monitoring, steps: {over: done}}}
""")
        == []
    )


def test_people_act_in_the_order_of_the_file() -> None:
    """Acts of one moment follow on each other as they stand there."""
    assert (
        told("""
  - name: Acts
    claim: {role: commander, by: li}
    answer: {step: decide, values: {choice: go}}
    done: move
    approve: {step: notice, by: wang}
    expect: {steps: {notice: done, move: done}, sent: {step: notice, at_most: 0m}}
    then:
      - {submit: cn-pboc-class1, expect: {clocks: {cn-pboc-class1: submitted}}}
      - {severity: sev1, expect: {severity: sev1}}
      - {run: pause, expect: {run: paused}}
      - {run: resume, expect: {run: running}}
      - {end: resolve, expect: {state: resolved, sent: notice.resolved}}
""")
        == []
    )


def test_what_the_author_may_not_do_cannot_be_played() -> None:
    """A gate keeps its rules in a test."""
    (told_,) = told("""
  - name: Alone
    given: {declared_by: li}
    approve: {step: notice, by: li}
    expect: {steps: {notice: done}}
""")
    assert "li started this and may not approve it" in told_


def test_what_is_outside_ends_as_the_test_says() -> None:
    """Two failures, then success: the retries are played, each after its time."""
    assert (
        told("""
  - name: Third time
    given:
      staff_after: 0m
      outcomes: {probe: [{state: failed, after: 10s}, failed, ok]}
    advance: 1m
    expect: {steps: {probe: new}}
    then:
      - {advance: 2m, expect: {steps: {probe: done}, that: "steps['probe'].exit_code == 0"}}
  - name: Too slow
    given: {staff_after: 0m, outcomes: {probe: {after: 1h}}}
    advance: 10m
    expect: {steps: {probe: failed}}
  - name: Nobody knows
    given: {staff_after: 0m, outcomes: {probe: lost}}
    advance: 10m
    expect: {waiting_for: probe}
    then:
      - {skip: probe, expect: {steps: {probe: skipped}}}
""")
        == []
    )


def test_a_notice_can_be_held_back() -> None:
    """A missing language holds it; it goes when that is mended."""
    assert (
        told("""
  - name: Held
    given: {held: {notice: 12m}, staff_after: 0m}
    advance: 12m
    expect: {not_sent: {template: first-notice}, waiting_for: notice}
    then:
      - {advance: 10m, expect: {sent: {step: notice, template: first-notice}}}
""")
        == []
    )


def test_words_and_reports_in_time() -> None:
    """Staff who keep every promise and every deadline: nothing is broken, nobody is escalated to."""
    assert (
        told("""
  - name: Well kept
    given: {staff_after: 1m, updates: true, reports: true}
    advance: 6h
    expect:
      promises: {broken: 0}
      not_paged: [{because: promise}, {because: role/commander}]
      clocks: {cn-pboc-class1: submitted}
      not_sent: {template: holding-statement}
""")
        == []
    )


def test_an_incident_cannot_be_resolved_before_it_may() -> None:
    """`exit_when` holds in a test too."""
    assert (
        told("""
  - name: Too early
    answer: {step: decide, values: {choice: go}}
    expect: {can_resolve: false}
    then:
      - {done: move, expect: {can_resolve: true}}
""")
        == []
    )
    (told_,) = told("  - {name: Early, end: resolve, expect: {state: resolved}}\n")
    assert "cannot be resolved yet" in told_


def test_a_false_alarm_ends_everything() -> None:
    """Nobody is called any more, nothing is owed."""
    assert (
        told("""
  - name: A sensor
    advance: 1m
    end: cancel
    expect: {state: cancelled, clocks: {cn-pboc-class1: dismissed}}
    then:
      - {advance: 3h, expect: {not_paged: [{because: role/commander}, {because: promise}], not_sent: {step: notice}}}
""")
        == []
    )


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        ("sent: {step: notice, template: first-notice}", "Sent: holding-statement of notice after 10m."),
        ("not_sent: {step: notice}", "Sent: holding-statement of notice after 10m."),
        ("waiting_for: move", "It waits for: notice, call, decide, over."),
        ("not_waiting_for: decide", "It waits for: notice, call, decide, over."),
        ("open_gates: []", "Open: notice."),
        ("open_tasks: move", "Open tasks: none."),
        ("paged: {to: li}", "Called: comms because of call after 0m; commander because of role/commander after 5m"),
        ("not_paged: {to: commander}", "Called: comms because of call after 0m"),
        ("steps: {decide: done}", "decide is open."),
        ("phase: monitoring", "It is investigating."),
        ("severity: sev1", "It is sev2."),
        ("state: resolved", "It is open."),
        ("run: finished", "It is running."),
        ("promises: {kept: 2}", "There are 1 kept, 0 broken, 1 open."),
        ("clocks: {cn-pboc-class1: none}", "It is running."),
        ("warned: cn-pboc-class1", "Warned at: never."),
        ("can_resolve: true", "This does not hold yet"),
        ("that: dc == 'hz2'", "It does not hold."),
    ],
)
def test_what_is_not_as_expected_is_told(expectation: str, found: str) -> None:
    """Each expectation fails when it is wrong, on its line, with what was there instead."""
    (result,) = results(f"  - name: Wrong\n    advance: 10m\n    expect:\n      {expectation}\n")
    (failure,) = result.failures
    assert failure.line == (HEAD + STEPS).count("\n") + 5
    assert failure.expected.startswith("after 10m: ")
    assert failure.found.startswith(found)
    assert any(line.what == "sent: holding-statement" for line in result.timeline)


def test_a_night_is_valid() -> None:
    """What is played in tests is a history that can have happened."""
    playbook = book("  - {name: Any, expect: {run: running}}\n")
    for given in (Given(), Given(staff_after=timedelta(minutes=3), updates=True, reports=True)):
        night = THEATRE.night(playbook, given)
        night.declare({"dc": "sh1"})
        night.advance(timedelta(hours=8))
        assert wrongs(playbook, night.history) == []


def test_a_run_needs_no_tests() -> None:
    """The snapshot of a run is read without them: they cannot keep it from going on."""
    playbook = book("  - {name: Any, expect: {run: running}}\n")
    assert reload(playbook.text.replace("run: running", "run: nonsense"), "night.yaml", VOCABULARY, {}).tests == ()


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_playbooks_pass_their_tests(file: Path) -> None:
    """As `incident playbook test` plays them."""
    failed = [(one.test.name, one.failures) for one in play(load_file(file, VOCABULARY), THEATRE) if not one.passed]
    assert failed == []


def test_hundreds_of_tests_take_a_second() -> None:
    """200 nights in a second of this process's own time: the best of three, because the machine has other work."""
    playbook = book("".join(f"  - {{name: Night {n}, advance: 30m, expect: {{run: running}}}}\n" for n in range(100)))
    assert min(_seconds(playbook) for _ in range(3)) < 0.5


@pytest.mark.parametrize("given", [Given(), Given(staff_after=timedelta(minutes=3))], ids=["nobody", "everybody"])
def test_seventy_two_hours_are_over_in_fifty_milliseconds(given: Given) -> None:
    """Of this process's own time, the best of several: the machine has other work."""
    playbook = load_file(SHIPPED / "datacenter-loss.yaml", VOCABULARY)
    assert min(_night(playbook, given) for _ in range(8)) < 0.05


def _night(playbook: Playbook, given: Given) -> float:
    began = time.process_time()
    night = THEATRE.night(playbook, given)
    night.declare(check_params(playbook, {"dc": "sh1"}))
    night.advance(timedelta(hours=72))
    assert night.now == night.declared_at + timedelta(hours=72)
    return time.process_time() - began


def _seconds(playbook: Playbook) -> float:
    began = time.process_time()
    assert all(result.passed for result in play(playbook, THEATRE))
    return time.process_time() - began
