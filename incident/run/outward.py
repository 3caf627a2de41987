"""Steps that do something outside of this program: intend it, take its outcome, ask when nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from incident.expression import ExpressionError
from incident.outside.request import Request
from incident.playbook.model import Step
from incident.run.decision import Close, Intend, Wait
from incident.run.history import StepState, View

GRACE = timedelta(seconds=60)
"""After its own time, something that has no outcome is looked after: its worker may have died."""

MOST_LOST = 3
"""Something harmless whose worker dies this often is not tried again by itself: it may be what kills the worker."""

_WORK = "incident work --until-idle"
Asked = tuple[Request, str]
"""What is asked of the outside, and the same for people to read: without secrets."""


def decide(
    step: Step, view: View, now: datetime, ask: Callable[[Step, View], Asked], *, effect: str, repeatable: bool
) -> Intend | Close | Wait:
    """1. Nothing was intended yet: intend it. 2. It has no outcome: wait. 3. Nobody knows
    the outcome: what changes nothing, or may be done twice, is done again; for anything else a person must say. 4. It
    has an outcome: that.
    """
    state = view.of(step.id)
    if state.flight is not None:
        due = state.flight.until if now < state.flight.until else now + GRACE
        shown = state.flight.shown
        return Wait(step=step.id, type=step.type, why=f"{shown} is under way.", command=_WORK, due=due)
    if state.result is None:
        return _intend(step, view, now, ask, effect)
    if state.result["state"] == "lost":
        if effect != "none" and not repeatable:
            return unknown(step, view)
        if state.result["code"]:  # no answer came: that is a failure where it may be done twice
            return _ended(step, state)
        return _intend(step, view, now, ask, effect) if state.lost <= MOST_LOST else unknown(step, view)
    return _ended(step, state)


def probe(
    step: Step, view: View, now: datetime, ask: Callable[[Step, View], Asked], stable: timedelta, every: timedelta
) -> Intend | Close | Wait:
    """Something that is looked at, and changes nothing: until it has been good for as long as it must."""
    state = view.of(step.id)
    decision = decide(step, view, now, ask, effect="none", repeatable=True)
    good = isinstance(decision, Close) and decision.state == "done"
    if not good or not stable or state.good_since is None or state.result_at is None:
        return decision
    if now >= state.good_since + stable:
        return decision
    due = min(state.result_at + every, state.good_since + stable)
    if now >= due:
        return _intend(step, view, now, ask, "none")
    return Wait(step=step.id, type=step.type, why="Holds; waits whether it stays so.", due=due)


def unknown(step: Step, view: View) -> Wait:
    """What may have been done, and must not be done twice: a person looks, and says."""
    ident = view.facts.incident.get("id", "")
    state = view.of(step.id)
    what = str(state.result.get("words") or "") if state.result is not None else ""
    return Wait(
        step=step.id,
        type=step.type,
        why=f"Nobody knows whether it was done: {what or 'the process that did it died'}. Look, then let it be done "
        f"again, or go on without: incident run skip {ident} {step.id}",
        role=step.assignee or "commander",
        command=f"incident run retry {ident} {step.id}",
    )


def _intend(step: Step, view: View, now: datetime, ask: Callable[[Step, View], Asked], effect: str) -> Intend | Close:
    try:
        request, shown = ask(step, view)
    except (ExpressionError, ValueError) as error:
        return Close(step=step.id, state="failed", reason=str(error), code="value")
    until = now + timedelta(seconds=request.seconds) + GRACE
    return Intend(step=step.id, request=request, shown=shown, effect=effect, until=until)


def _ended(step: Step, state: StepState) -> Close:
    result = state.result or {}
    outputs = result.get("outputs", {})
    if result["state"] == "ok":
        return Close(step=step.id, state="done", outputs=outputs)
    if result["code"] == "timeout" and step.on_timeout == "continue":
        return Close(step=step.id, state="done", reason="timeout", outputs=outputs)
    return Close(step=step.id, state="failed", reason=str(result["words"]), outputs=outputs, code=str(result["code"]))
