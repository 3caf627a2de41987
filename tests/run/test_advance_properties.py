"""Whatever happens in whatever order, a run's history stays valid, decides the same again, and is never stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident.run.decision import Plan
from incident.run.history import CLOSED, Event
from tests.run import generated
from tests.run.rehearsal import Rehearsal, reloaded

GATES = ("announce", "approve")
OVER = ("finished", "failed")
AGAIN = {"held", "broke", "prepare"}
"""Verbs that may stand more than once: `wait` notes each change; a gate whose subject changed is prepared anew."""

MOVES = ("wake", *["time"] * 3, *["answer"] * 4, "reject", "pause", "resume", "abort", "end", "ask")
move = st.tuples(st.sampled_from(MOVES), st.integers(0, 5), st.sampled_from((-1, -1, 0, 1, 2)))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=generated.texts(), moves=st.lists(move, max_size=14))
def test_a_run_is_valid_whatever_happens(text: str, moves: list[tuple[str, int, int]]) -> None:
    """Any playbook, any interleaving of people, time, wake-ups and crashes."""
    run = Rehearsal(generated.playbook(text))
    check(run, run.begin())
    for name, number, dies_after in moves:
        made = act(run, name, number)
        if made is not None:
            check(run, run.commit(made, actor=("wang", "chen")[number % 2], dies_after=dies_after))
    finish(run)


def act(run: Rehearsal, name: str, number: int) -> list[tuple[str, str, dict[str, Any]]] | None:
    """The events of a move that people are allowed to make now; None when they are not."""
    view = run.view
    if name == "wake":
        return []
    if name == "time":
        run.now += timedelta(minutes=(1, 5, 16, 30, 61, 600)[number])
        return []
    if name in ("answer", "reject"):
        return answered(run, number, "approved" if name == "answer" else "rejected")
    if name == "pause" and view.state == "running":
        return [("paused", "", {})]
    if name == "resume" and view.state in ("paused", "failed"):
        return [("resumed", "", {})]
    if name == "abort" and view.state in ("running", "paused", "failed"):
        return [("aborted", "", {})]
    if name == "end" and run.incident["state"] == "open":
        return [("ended", "", {"state": "cancelled"})]
    if name == "ask" and run.incident["state"] == "open":
        notice = ("update", "resolved", "correction")[number % 3]
        asked = 1 + sum(1 for _, data in view.requested if data["notice"] == notice)
        return [("requested", f"{notice}-{asked}", {"notice": notice, "texts": {}, "author": "li"})]
    return None


def answered(run: Rehearsal, number: int, word: str) -> list[tuple[str, str, dict[str, Any]]] | None:
    """An answer to one of the steps that wait for a person."""
    actor, view = ("wang", "chen")[number % 2], run.view
    open_ones = [
        step
        for step in view.all_steps()
        if view.of(step.id).state == "open"
        and step.type != "wait"
        and not (step.type in GATES and any(answer.actor == actor for answer in view.of(step.id).answers))
    ]
    if not open_ones:
        return None
    step = open_ones[number % len(open_ones)]
    if step.type in GATES:
        return [("answered", step.id, {"answer": word, "hash": "h", "reason": None})]
    if step.type == "ask":
        return [("answered", step.id, {"values": {"choice": "go"} if step.fields["choices"] else {"reach": 7}})]
    return [("answered", step.id, {})]


def finish(run: Rehearsal) -> None:
    """People who answer everything, resume what is paused, and time that passes, bring every run to an end."""
    for _ in range(60):
        view = run.view
        if view.state in OVER and run.plan().act is None and not run.plan().waiting:
            return
        if view.state == "paused":
            check(run, run.commit([("resumed", "", {})]))
            continue
        moved = False
        for number in range(2):
            given_answer = answered(run, number, "approved")
            if given_answer is not None:
                moved = True
                check(run, run.commit(given_answer, actor=("wang", "chen")[number]))
        plan = run.plan()
        if plan.next_due is not None:
            run.now = max(run.now, plan.next_due)
            check(run, run.commit([]))
        elif not moved:
            waits = [wait for wait in plan.waiting if wait.type not in ("wait", "run")]  # a failed run may stay so
            assert not waits, f"nobody can end {waits}"
            check(run, run.commit([("ended", "", {"state": "cancelled"})]))
    raise AssertionError(f"does not end: {run.view.state} {run.plan()}")


def check(run: Rehearsal, plan: Plan) -> None:
    valid(run)
    same_again(run, plan)
    not_stuck(run, plan)


def valid(run: Rehearsal) -> None:
    """Numbered without a gap; each step closed once, nothing done after that, effects once; begun in order."""
    assert [event.no for event in run.history] == list(range(1, len(run.history) + 1))
    closed: set[str] = set()
    done: Counter[tuple[str, str]] = Counter()
    for event in run.history:
        if event.kind in ("did", "closed"):
            assert event.step not in closed, f"{event.kind} {dict(event.data)} of {event.step}, which was closed"
        if event.kind == "closed":
            assert event.data["state"] in CLOSED
            closed.add(event.step)
        if event.kind == "did":
            started_in_order(run, event)
            done[event.step, event.data["verb"]] += 1
    twice = {key: count for key, count in done.items() if count > 1 and key[1] not in AGAIN}
    assert not twice
    assert sum(event.kind == "finished" for event in run.history) <= 1 + sum(
        event.kind in ("resumed", "ended", "aborted") for event in run.history
    ) + sum(event.kind == "closed" and event.data["pause"] for event in run.history)
    silent_after_the_end(run.history)
    released = {event.step for event in run.history if event.kind == "did" and event.data["verb"] == "release"}
    for step in released & closed:
        assert run.view.of(step).state == "done", f"{step} went out, and is told as {run.view.of(step)}"


def silent_after_the_end(history: Sequence[Event]) -> None:
    """Once the incident has ended nobody is told, called or asked anything any more, but for corrections."""
    ended = next((event.no for event in history if event.kind == "ended"), None)
    late = [
        (event.step, event.data["verb"])
        for event in history
        if ended is not None
        and event.no > ended
        and event.kind == "did"
        and event.data["verb"] in ("prepare", "release", "holding", "page", "ask", "escalate")
        and not event.step.startswith("correction-")
    ]
    assert not late


def started_in_order(run: Rehearsal, event: Event) -> None:
    """Nothing is done before what it needs may be passed."""
    before = [other for other in run.history if other.no < event.no]
    then = Rehearsal(run.playbook, run.now, before, run.incident).view
    step = then.step(event.step)
    assert step is not None
    for need in step.needs:
        needed = then.step(need)
        assert needed is not None
        assert then.passed(needed), f"{step.id} began before {need} was over"


def same_again(run: Rehearsal, plan: Plan) -> None:
    """The same history gives the same plan, also from JSON; a duplicate wake-up changes nothing."""
    assert plan.act is None
    assert run.plan() == plan
    again = Rehearsal(run.playbook, run.now, reloaded(run.history), dict(run.incident))
    assert again.plan() == plan
    before = len(again.history)
    again.commit([])
    assert len(again.history) == before


def not_stuck(run: Rehearsal, plan: Plan) -> None:
    """An open run waits for a person (who is told what to type), for a time to come, or for a condition."""
    if plan.next_due is not None:
        assert plan.next_due > run.now, "a worker would be woken again and again"
    if run.view.state in OVER:
        return
    assert plan.waiting
    for wait in plan.waiting:
        assert wait.command or wait.due is not None or wait.type == "wait", wait
