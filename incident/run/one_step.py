"""What is to be done about one step: the rules that hold for steps of every type. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from incident import registry
from incident.expression import ExpressionError
from incident.playbook import reach
from incident.playbook.model import Step
from incident.run import nesting
from incident.run.decision import Act, Again, Close, Do, Jump, Plan, Wait, waits
from incident.run.history import CLOSED, View
from incident.run.unanswered import assumed

HELD_AGAIN = timedelta(minutes=5)
"""How soon a step that was held back (a missing language, a text too long) is tried again by itself."""

Decision = Act | Wait | None
Decide = Callable[[Step, View, datetime], Act | Wait]


def kind(step: Step) -> Any:
    """The module of a step's type."""
    return registry.load("incident.run.steps", step.type)


def decide(step: Step, view: View, now: datetime) -> Act | Wait | None:
    """What is to be done about a step; None when it is closed or must not start yet.

    1. A step starts when what it needs is passed. 2. Its `when` does not hold, or a drill leaves it out: it is skipped.
    3. A step with a list is done for each value. 4. Its type decides. 5. What was held back is looked at again after a
    while. 6. A wait ends with the timeout. 7. What is done brings its `outputs`. 8. What has failed is begun anew
    (`retry`), else the run goes on elsewhere (`goto`), else it pauses, else the step stays failed. 9. What is over ends
    what goes on inside.
    """
    state = view.of(step.id)
    if state.state in CLOSED:
        return None
    if state.state == "new" and state.attempt == 1 and not all(view.passed(other) for other in _needed(step, view)):
        return None
    here = view.at(step.id)
    if state.state == "new" and state.attempt == 1:
        skipped = _skip(step, here) if step.for_each is None else None
        if skipped is not None:
            return settled(step, view, skipped, now)
    if state.state == "new" and state.not_before is not None and now < state.not_before:
        return _not_yet(step, view, state.not_before)
    return settled(step, view, typed(step, here, now), now)


def look_at(steps: Iterable[Step], view: View, now: datetime) -> Plan:
    """The first act that one of these steps wants; else what they wait for."""
    waiting: list[Wait] = []
    for step in steps:
        decision = decide(step, view, now)
        if isinstance(decision, Wait):
            waiting.append(decision)
        elif decision is not None:
            return Plan(act=decision)
    return waits(waiting)


def typed(step: Step, here: View, now: datetime) -> Act | Wait:
    """What a step's type says, from where the step stands."""
    if step.for_each is not None:
        return nesting.each(step, here)
    own: Decide = kind(step).decide
    return own(step, here, now)


def settled(step: Step, view: View, decision: Act | Wait, now: datetime) -> Act | Wait:
    """The rules that follow on what a step's type has said."""
    state = view.of(step.id)
    if isinstance(decision, Do) and state.held and state.held_at is not None and now < state.held_at + HELD_AGAIN:
        return _held(step, view, decision.verb, state.held_at + HELD_AGAIN)
    if isinstance(decision, Wait):
        decision = _timeout(step, view, decision, now)
    if isinstance(decision, Close) and decision.state == "done":
        decision = completed(step, view, decision)
    if isinstance(decision, Close) and decision.state == "failed":
        return over(step, view, _failed(step, view, decision, now))
    return over(step, view, decision) if isinstance(decision, Close) else decision


def _needed(step: Step, view: View) -> list[Step]:
    return [other for key in step.needs if (other := view.step(key)) is not None]


def _skip(step: Step, here: View) -> Close | None:
    """A step whose `when` does not hold is skipped, and so is what a drill leaves out; one whose `when` cannot be told
    has failed, with the reason."""
    if here.drill and step.drill == "skip":
        return skipped(step, "left out in a drill")
    if step.when is None:
        return None
    try:
        holds = step.when.holds(here.variables())
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error))
    return None if holds else skipped(step, f"when: {step.when.text}")


def skipped(step: Step, reason: str) -> Close:
    return Close(step=step.id, state="skipped", reason=reason, outputs=assumed(step))


def _not_yet(step: Step, view: View, due: datetime) -> Wait:
    state = view.of(step.id)
    of = f" of {step.retry.attempts}" if step.retry is not None else ""
    why = f"Failed: {state.reason}. Attempt {state.attempt}{of} follows."
    return Wait(step=step.id, type=step.type, why=why, due=due)


def _held(step: Step, view: View, verb: str, due: datetime) -> Wait:
    """What a notice lacks is for people to mend; it is looked at again by itself and keeps nothing else waiting. Where
    only the holding statement cannot go out, the notice itself still can."""
    reason, message = view.of(step.id).held, step.fields.get("template", "")
    if verb == "holding":
        return Wait(
            step=step.id,
            type=step.type,
            why=f"Waits for approval; the holding statement is held: {reason}",
            role=step.assignee or "comms",
            command=f"incident approve {view.facts.incident.get('id', '')} {step.id}",
            due=due,
        )
    return Wait(
        step=step.id,
        type=step.type,
        why=f"Held: {reason}",
        role=step.assignee or "comms",
        command=f"incident message lint {message}".rstrip(),
        due=due,
    )


def _timeout(step: Step, view: View, wait: Wait, now: datetime) -> Act | Wait:
    """The common `timeout`: fail, go on with the defaults, or call the commander and wait on. What works outside of
    this program is ended by its own timeout."""
    state = view.of(step.id)
    own = step.for_each is not None or getattr(kind(step), "OUTWARD", False)
    if step.timeout is None or state.opened_at is None or own:
        return wait
    due = state.opened_at + step.timeout
    if now < due:
        return replace(wait, due=due if wait.due is None else min(due, wait.due))
    if step.on_timeout == "escalate":
        return wait if "escalate" in state.did else Do(step=step.id, verb="escalate")
    if step.on_timeout == "continue":
        return Close(step=step.id, state="done", reason="timeout", outputs=assumed(step))
    return Close(step=step.id, state="failed", reason="timeout", code="timeout")


def completed(step: Step, view: View, close: Close) -> Close:
    """What a step brings by names of the playbook's own, from what its type brought (`result`)."""
    if not step.outputs or step.for_each is not None:
        return close
    if close.reason == "timeout":
        return replace(close, outputs={**dict.fromkeys(step.outputs), **close.outputs})
    known = {**view.at(step.id).variables(), "result": close.outputs}
    try:
        named = {name: value.evaluate(known) for name, value in step.outputs.items()}
    except ExpressionError as error:
        return replace(close, state="failed", reason=f"outputs: {error}", code="output")
    return replace(close, outputs={**close.outputs, **named})


def _failed(step: Step, view: View, close: Close, now: datetime) -> Act:
    """What follows on a failure, in this order: again, elsewhere, not at all until a person says so, or just this."""
    state = view.of(step.id)
    retry = step.retry
    if retry is not None and step.for_each is None and state.attempt < retry.attempts and _tried_again(step, close):
        wait = retry.initial * (2 ** min(state.attempt - 1, 30) if retry.backoff == "exponential" else 1)
        not_before = now + min(wait, retry.max)
        return Again(step=step.id, attempt=state.attempt + 1, reason=close.reason, not_before=not_before)
    if step.goto is not None and view.jumps.get(step.id, 0) < step.goto.most:
        return _jump(step, view, close.reason)
    return replace(close, pause=True) if step.on_error == "pause" else close


def _tried_again(step: Step, close: Close) -> bool:
    assert step.retry is not None
    if step.retry.retry_on and close.code not in step.retry.retry_on:
        return False
    codes = step.retry.exit_codes
    return not codes or (close.code == "exit_code" and close.outputs.get("exit_code") in codes)


def _jump(step: Step, view: View, reason: str) -> Jump:
    """Back: that step and all on the way from it to this one begin anew. On: those on the way to it are left out."""
    assert step.goto is not None
    prefix = step.id.rpartition(".")[0]
    to = f"{prefix}.{step.goto.step}" if prefix else step.goto.step
    beside = view.tree.inside(prefix)
    before = reach.before({one.id: one.needs for one in beside})
    if to in before[step.id]:
        between = [key for key, ahead in before.items() if to in ahead and key in before[step.id]]
        return Jump(step=step.id, to=to, reason=reason, again=(to, *between, step.id))
    over = [key for key, ahead in before.items() if step.id in ahead and key in before.get(to, ())]
    return Jump(step=step.id, to=to, reason=reason, over=tuple(over))


def over(step: Step, view: View, act: Act) -> Act:
    """Before a step is over, or begins anew, what goes on inside it is over: the innermost first."""
    if not step.nests and step.for_each is None:
        return act
    inner = [one for one in nesting.live((step,), view) if one.id != step.id and view.of(one.id).state == "open"]
    return skipped(inner[-1], f"'{step.id}' is over") if inner else act
