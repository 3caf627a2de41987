"""Whatever happens in whatever order, a run's history stays valid, decides the same again, and is never stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from incident.outside.request import Outcome
from incident.run.decision import Plan
from incident.run.steering import can_be_tried
from incident.run.validity import wrongs
from tests.run import generated
from tests.run.rehearsal import Rehearsal, reloaded

GATES = ("announce", "approve", "correct")
OVER = ("finished", "failed")
DEATHS = st.sampled_from((-1, -1, 0, 1, 2))
WORDS = st.sampled_from(("approved", "approved", "approved", "rejected"))
WELL = Outcome(state="ok", outputs={"exit_code": 0, "output": "done"})
OUTCOMES = (
    WELL,
    Outcome(state="lost", words="the process that did it has died"),
    Outcome(state="failed", code="exit_code", words="ended with 1", outputs={"exit_code": 1}),
    Outcome(state="failed", code="timeout", words="took too long"),
    Outcome(state="lost", words="the process that did it has died"),
    Outcome(state="lost", code="timeout", words="no answer"),
)


class Night(RuleBasedStateMachine):
    """Any playbook, any interleaving of people, time, outcomes, wake-ups and crashes."""

    run: Rehearsal

    @initialize(text=generated.mixed(), drill=st.integers(0, 5))
    def declare(self, text: str, drill: int) -> None:
        self.begin(text, drill=drill == 5)

    def begin(self, text: str, *, drill: bool) -> None:
        self.run = Rehearsal.of(generated.playbook(text))
        self.landed: list[tuple[str, int]] = []
        self.plan = self.run.begin({"level": 1, "places": ("sh1", "hz2")}, severity="sev3", drill=drill)

    @rule(minutes=st.sampled_from((0, 1, 5, 16, 30, 61, 600, -1, -61, -600)), dies_after=DEATHS)
    def time_passes(self, minutes: int, dies_after: int) -> None:
        """None at all: a worker is woken twice. Or back: somebody has set the machine's clock right."""
        self.run.now += timedelta(minutes=minutes)
        self.commit([], dies_after=dies_after)

    @precondition(lambda self: self.plan.next_due is not None)
    @rule()
    def what_is_due_happens(self) -> None:
        assert self.plan.next_due is not None
        self.run.now = max(self.run.now, self.plan.next_due)
        self.commit([])

    @precondition(lambda self: answered(self.run, 0, "approved") or answered(self.run, 1, "approved"))
    @rule(number=st.integers(0, 5), word=WORDS, death=DEATHS)
    def somebody_answers(self, number: int, word: str, death: int) -> None:
        given = answered(self.run, number, word)
        if given is not None:
            self.commit(given, actor=("wang", "chen")[number % 2], dies_after=death)

    @precondition(lambda self: self.run.flights())
    @rule(number=st.integers(0, 5), outcome=st.sampled_from(OUTCOMES), death=DEATHS)
    def something_outside_ends(self, number: int, outcome: Outcome, death: int) -> None:
        flights = self.run.flights()
        step, no = flights[number % len(flights)]
        self.landed.append((step, no))
        self.commit([landed(step, no, outcome)], actor="worker", dies_after=death)

    @precondition(lambda self: self.run.flights())
    @rule(outcome=st.sampled_from(OUTCOMES))
    def all_outside_ends(self, outcome: Outcome) -> None:
        for step, no in self.run.flights():
            self.landed.append((step, no))
            self.commit([landed(step, no, outcome)], actor="worker")

    @precondition(lambda self: answered(self.run, 0, "approved") or answered(self.run, 1, "approved"))
    @rule()
    def everybody_answers(self) -> None:
        for number in range(2):
            for _ in range(8):
                given = answered(self.run, number, "approved")
                if given is not None:
                    self.commit(given, actor=("wang", "chen")[number])

    @precondition(lambda self: getattr(self, "landed", None))
    @rule(number=st.integers(0, 5), outcome=st.sampled_from(OUTCOMES))
    def an_outcome_comes_twice_or_late(self, number: int, outcome: Outcome) -> None:
        """The fence keeps these out of the store; should one come in all the same, it changes nothing."""
        step, no = self.landed[number % len(self.landed)]
        before = self.run.view.of(step)
        if before.flight is None or before.flight.no != no:
            self.commit([landed(step, no, outcome)], actor="worker")

    @precondition(lambda self: waits_for_signal(self.run))
    @rule()
    def a_signal_comes(self) -> None:
        self.commit([("signalled", "", {"signal": "recovered", "data": {"state": "up"}})])

    @precondition(lambda self: steps_in(self.run))
    @rule(number=st.integers(0, 9))
    def somebody_steps_in(self, number: int) -> None:
        """Into the run, the incident, or with a notice by hand."""
        able = steps_in(self.run)
        self.commit([able[number % len(able)]])

    @precondition(lambda self: self.run.incident["state"] == "open")
    @rule(number=st.integers(0, 5))
    def try_again(self, number: int) -> None:
        view = self.run.view
        tries = [step.id for step in view.all_steps() if can_be_tried(step.id, view)]
        if tries:
            self.commit([("reopened", tries[number % len(tries)], {})])

    def commit(self, given: list[Any], **more: Any) -> None:
        self.plan = self.run.commit(given, **more)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "run"):
            check(self.run, self.plan)

    def teardown(self) -> None:
        if hasattr(self, "run"):
            finish(self.run)


def steps_in(run: Rehearsal) -> list[tuple[str, str, dict[str, Any]]]:
    """What a person could do now besides answering, the gentle first."""
    state, is_open, far = run.view.state, run.incident["state"] == "open", len(run.history)
    able: list[tuple[str, str, dict[str, Any]]] = []
    if state == "running":
        able.append(("paused", "", {}))
    if state in ("paused", "failed"):
        able.append(("resumed", "", {}))
    for notice in ("update", "correction", "resolved") if is_open and far > 4 else ():
        asked = 1 + sum(1 for _, data in run.view.requested if data["notice"] == notice)
        able.append(("requested", f"{notice}-{asked}", {"notice": notice, "texts": {}, "author": "li"}))
    if state in ("running", "paused", "failed") and far > 8:
        able.append(("aborted", "", {}))
    if is_open and far > 12:
        able.append(("ended", "", {"state": "cancelled"}))
    return able


def waits_for_signal(run: Rehearsal) -> bool:
    return any(step.fields.get("signal") and run.view.of(step.id).state == "open" for step in run.view.all_steps())


def landed(step: str, no: int, outcome: Outcome) -> tuple[str, str, dict[str, Any]]:
    data = {"state": outcome.state, "code": outcome.code, "words": outcome.words, "outputs": dict(outcome.outputs)}
    return ("outcome", step, {"intent": no, **data})


def answered(run: Rehearsal, number: int, word: str) -> list[tuple[str, str, dict[str, Any]]] | None:
    """An answer to one of the steps that wait for a person."""
    actor, view = ("wang", "chen")[number % 2], run.view
    open_ones = [
        step
        for step in view.all_steps()
        if view.of(step.id).state == "open"
        and step.type in (*GATES, "ask", "task", "page")
        and step.for_each is None
        and not (step.type in GATES and any(answer.actor == actor for answer in view.of(step.id).answers))
    ]
    if not open_ones:
        return None
    step = open_ones[number % len(open_ones)]
    if step.type in GATES:
        return [("answered", step.id, {"answer": word, "hash": "h", "reason": None})]
    if step.type == "ask":
        choices = step.fields["choices"]
        return [("answered", step.id, {"values": {"choice": choices[0]} if choices else {"reach": 7}})]
    return [("answered", step.id, {})]


def finish(run: Rehearsal) -> None:
    """People who answer everything, resume what is paused and go on without what nobody knows, things outside that go
    well, and time that passes, bring every run to an end."""
    for _ in range(400):
        plan = run.plan()
        if run.view.state in OVER and plan.act is None and not plan.waiting:
            return
        if not moved(run, plan):
            waits = [wait for wait in plan.waiting if wait.type not in ("wait", "run")]  # a failed run may stay so
            assert not waits, f"nobody can end {waits}"
            check(run, run.commit([("ended", "", {"state": "cancelled"})]))
    raise AssertionError(f"does not end: {run.view.state} {run.plan()}")


def moved(run: Rehearsal, plan: Plan) -> bool:
    """One thing that can happen; False when there is none."""
    if run.view.state == "paused":
        check(run, run.commit([("resumed", "", {})]))
        return True
    for step, no in run.flights():
        check(run, run.land(step, no, WELL))
        return True
    for step in run.view.all_steps():
        state = run.view.of(step.id)
        if state.state == "open" and can_be_tried(step.id, run.view):
            check(run, run.commit([("closed", step.id, {"state": "skipped"})]))
            return True
    for number in range(2):
        given = answered(run, number, "approved")
        if given is not None:
            check(run, run.commit(given, actor=("wang", "chen")[number]))
            return True
    if plan.next_due is None:
        return False
    run.now = max(run.now, plan.next_due)
    check(run, run.commit([]))
    return True


def check(run: Rehearsal, plan: Plan) -> None:
    wrong = wrongs(run.playbook, run.history)
    assert not wrong, wrong
    same_again(run, plan)
    not_stuck(run, plan)
    released = {event.step for event in run.history if event.kind == "did" and event.data["verb"] == "release"}
    for step in released:
        assert run.view.of(step).state != "failed", f"{step} went out, and is told as {run.view.of(step)}"


def same_again(run: Rehearsal, plan: Plan) -> None:
    """The same history gives the same plan, also from JSON; a duplicate wake-up changes nothing."""
    assert plan.act is None
    assert run.plan() == plan
    again = Rehearsal.of(run.playbook, now=run.now, history=reloaded(run.history), incident=dict(run.incident))
    assert again.plan() == plan
    before = len(again.history)
    again.commit([])
    assert len(again.history) == before


def not_stuck(run: Rehearsal, plan: Plan) -> None:
    """A run that is not over waits for a named person, who is told what to type, or for a time to come."""
    if plan.next_due is not None:
        assert plan.next_due > run.now, "a worker would be woken again and again"
    if run.view.state in OVER:
        return
    assert plan.waiting
    assert plan.next_due is not None or any(wait.command for wait in plan.waiting), plan
    for wait in plan.waiting:
        assert (wait.role and wait.command) or wait.command or wait.due is not None, wait


class Outside(Night):
    """The same where nearly everything acts outside of this program: there a mistake would be done twice."""

    @initialize(text=generated.texts(("run", "http", "task"), most=3, whole=False))
    def declare(self, text: str) -> None:
        self.begin(text, drill=False)


_SETTINGS = settings(
    max_examples=generated.examples(50),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestNight, TestOutside = Night.TestCase, Outside.TestCase
TestNight.settings = TestOutside.settings = _SETTINGS
