"""What somebody does at a moment of a test, as the command of that name would do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from incident.errors import IncidentError
from incident.playbook.model import Step
from incident.playbook.testing import Act
from incident.review.rehearsal import people
from incident.review.rehearsal.meaning import meant
from incident.review.rehearsal.night import Night
from incident.run import nesting, one_step
from incident.run.decision import Close
from incident.run.leaving import unmet


class NotPossible(IncidentError):
    """Somebody does in a test what could not be done then."""


def perform(act: Act, night: Night) -> None:
    """Does it. Raises NotPossible, BadValue."""
    _ACTS[act.verb](act, night)


def _reply(act: Act, night: Night) -> None:
    """An answer, an acknowledgement, a task that is done: of the step that waits for it."""
    step = _waiting(act, night)
    data = {"values": people.answer(step, act.values)} if step.type == "ask" else {}
    by = next(iter(act.by), people.asked(step, night.view))
    night.give("answered", step.id, data, actor=by)


def _vote(act: Act, night: Night) -> None:
    step = _waiting(act, night)
    state = night.view.of(step.id)
    approval = people.open_gate(state)
    if approval is None:
        raise NotPossible(f"'{step.id}' has no open gate.")
    reject = str(act.values.get("reason", "")) if act.verb == "reject" else ""
    for person in people.approvers(approval, night.view, state, act.by)[: max(len(act.by), 1)]:
        problem = people.objection(night.view.of(step.id), person)
        if problem:
            raise NotPossible(problem)
        night.give("answered", step.id, people.vote(state, reject=reject), actor=person)


def _claim(act: Act, night: Night) -> None:
    night.take_role(act.name, act.by[0])
    night.advance(timedelta(0))


def _signal(act: Act, night: Night) -> None:
    night.give("signalled", "", {"signal": act.name, "data": {k: str(v) for k, v in act.values.items()}})


def _notice(act: Act, night: Night) -> None:
    """`incident update`, `correct`, `resolve`: by whoever owns the words."""
    kind = {"update": "update", "correct": "correction", "end": "resolved"}[act.verb]
    if night.incident["state"] != "open" and kind != "correction":
        raise NotPossible(f"The incident is {night.incident['state']}; nothing more is sent but a correction.")
    promise: timedelta | None = act.values.get("promise")
    night.ask_for(
        kind,
        by=next(iter(act.by), ""),
        phase=act.values.get("phase"),
        promise=None if promise is None else promise.total_seconds(),
        corrects=act.name if kind == "correction" else None,
    )
    night.advance(timedelta(0))


def _end(act: Act, night: Night) -> None:
    if act.name == "cancel":
        if night.incident["state"] != "open":
            raise NotPossible(f"The incident is {night.incident['state']} already.")
        night.give("ended", "", {"state": "cancelled"})
        return
    left = unmet(night.view)
    if left:
        raise NotPossible(f"The incident cannot be resolved yet. {' '.join(left)}")
    _notice(act, night)


def _severity(act: Act, night: Night) -> None:
    night.incident["severity"] = act.name
    night.note("severity", to=act.name)
    night.plan_now = night.commit()
    night.advance(timedelta(0))


def _clock(act: Act, night: Night) -> None:
    if not night.desk(night.view).move_clock(act.verb, act.name):
        known = night.duties.clocks.get(act.name)
        raise NotPossible(
            f"The clock {act.name} does not run: it {f'is {known.state}' if known else 'was not started'}."
        )
    night.plan_now = night.commit()
    night.advance(timedelta(0))


_RUN = {"pause": ("paused", ("running",)), "resume": ("resumed", ("paused", "failed"))}
_RUN["abort"] = ("aborted", ("running", "paused", "failed"))


def _run(act: Act, night: Night) -> None:
    kind, allowed = _RUN[act.name]
    if night.view.state not in allowed:
        raise NotPossible(f"The run is {night.view.state}; it cannot be {kind}.")
    night.give(kind, "", {"reason": None})


def _retry(act: Act, night: Night) -> None:
    step = _named(act, night)
    state = night.view.of(step.id)
    lost = state.result is not None and state.result["state"] == "lost" and state.flight is None
    if not (state.state == "failed" or (state.state == "open" and lost)) or not nesting.can_begin_again(
        step.id, night.view
    ):
        raise NotPossible(f"'{step.id}' is {state.state}; there is nothing to try again.")
    night.give("reopened", step.id, {})


def _skip(act: Act, night: Night) -> None:
    step = _named(act, night)
    state = night.view.of(step.id)
    if state.state in ("done", "skipped") or state.flight is not None:
        raise NotPossible(f"'{step.id}' is {'under way' if state.flight is not None else state.state}.")
    if state.state == "failed":
        night.give("reopened", step.id, {})
    close = Close(step=step.id, state="skipped", reason="somebody went on without it")
    while night.view.of(step.id).state in ("new", "open"):
        night.act(one_step.over(step, night.view, close), night.view)
    night.plan_now = night.commit()
    night.advance(timedelta(0))


_ACTS: Mapping[str, Callable[[Act, Night], None]] = {
    "answer": _reply,
    "ack": _reply,
    "done": _reply,
    "approve": _vote,
    "reject": _vote,
    "claim": _claim,
    "signal": _signal,
    "update": _notice,
    "correct": _notice,
    "end": _end,
    "severity": _severity,
    "submit": _clock,
    "dismiss": _clock,
    "run": _run,
    "retry": _retry,
    "skip": _skip,
}


def _named(act: Act, night: Night) -> Step:
    """The step that is meant; of several turns the one that is not over."""
    steps = [step for step in night.view.all_steps() if meant(act.name, step.id)]
    live = [step for step in steps if night.view.of(step.id).state in ("new", "open", "failed")]
    if not steps:
        raise NotPossible(f"'{act.name}' has not come up.")
    return (live or steps)[-1]


def _waiting(act: Act, night: Night) -> Step:
    """The step of that name that waits for people now."""
    view = night.view
    steps: list[Step] = [step for step in view.all_steps() if meant(act.name, step.id)]
    for step in reversed(steps):
        if view.of(step.id).state == "open" and people.began_at(step, view.of(step.id)) is not None:
            return step
    told = ", ".join(f"{step.id} is {view.of(step.id).state}" for step in steps) or "it has not come up"
    raise NotPossible(f"'{act.name}' does not wait for anybody: {told}.")
