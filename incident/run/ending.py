"""How a run comes to its end when it was aborted, or when its incident has ended: what is closed, what is undone, what
people must still do. Pure.
"""

from __future__ import annotations

from datetime import datetime

from incident.playbook.model import Step
from incident.run import nesting, one_step
from incident.run.decision import Close, Do, Finish, Mark, Plan, Wait, waits
from incident.run.history import CLOSED, View

_BECAUSE = {"aborted": "the run was aborted", "ended": "the incident has ended", "resolved": "the incident is resolved"}


def next_act(view: View, now: datetime) -> Plan:
    """What is to be done next in a run that is aborted, or whose incident is a false alarm (`ended`) or resolved."""
    if view.state == "resolved":
        return _after_care(view, now)
    plan = _wind_up(view, now)
    if plan is not None:
        return plan
    plan = one_step.look_at([*_handler(view), *_undoing(view)], view, now)
    if view.state == "aborted" and plan.act is None and not plan.waiting:
        plan = one_step.look_at(nesting.live(view.tree.inside("finally"), view), view, now)
    said = one_step.look_at([step for step, _ in view.requested if step.id in view.late], view, now)
    for one in (said, plan):  # what staff ask for waits for nothing that is still to be done
        if one.act is not None:
            return one
    return _both(plan, said) if plan.waiting or said.waiting else Plan(act=Finish(state="finished"))


def _both(one: Plan, other: Plan) -> Plan:
    dues = [plan.next_due for plan in (one, other) if plan.next_due is not None]
    return Plan(act=None, waiting=(*one.waiting, *other.waiting), next_due=min(dues, default=None))


def _wind_up(view: View, now: datetime) -> Plan | None:
    """Everything that is open is closed, the innermost first: as it ended, if it has; else as skipped. What works
    outside of this program is waited for: it cannot be called back. None when all is closed."""
    reason, waiting = _BECAUSE[view.state], list[Wait]()
    main = [*view.tree.inside(""), *(step for step, _ in view.requested if step.id not in view.late)]
    for step in reversed([*nesting.live(main, view), *_handlers(view, but="aborted")]):
        state = view.of(step.id)
        decision = one_step.typed(step, view.at(step.id), now) if state.state == "open" else None
        if isinstance(decision, Wait) and state.flight is not None:
            waiting.append(decision)
        elif isinstance(decision, Close) and (decision.state == "done" or state.result is not None):
            return Plan(act=one_step.completed(step, view, decision))
        elif not any(wait.step.startswith((f"{step.id}.", f"{step.id}[")) for wait in waiting):
            return Plan(act=one_step.skipped(step, reason))
    return waits(waiting) if waiting else None


def _handler(view: View) -> list[Step]:
    if view.state != "aborted":
        return []
    return list(nesting.live(view.tree.inside(f"handlers.aborted[{view.entered['aborted']}]"), view))


def _handlers(view: View, but: str) -> list[Step]:
    """What is still open of the other handlers."""
    found: list[Step] = []
    for name, count in view.entered.items():
        if name != but:
            inside = view.tree.inside(f"handlers.{name}[{count}]")
            found += [step for step in nesting.live(inside, view) if view.of(step.id).state == "open"]
    return found


def _undoing(view: View) -> list[Step]:
    """What undoes the last thing that was done and is not undone yet: one by one, because the order matters."""
    done = [(state.closed_no, key) for key, state in view.steps.items() if state.state == "done"]
    for _, key in sorted(done, reverse=True):
        where = view.tree.where(key)
        if where is not None and where.step.undo is not None and where.step.for_each is None:
            undo = view.step(f"{key}.undo")
            if undo is not None and view.of(undo.id).state not in CLOSED:
                return [undo]
    return []


def _after_care(view: View, now: datetime) -> Plan:
    """A wait for the resolution is over; any other wait, question, page or notice of the playbook is not needed any
    more. Work remains, and a correction asked for by hand still goes its way."""
    main = view.tree.inside("")
    steps = [*_handlers(view, but=""), *nesting.live(main, view)]
    if nesting.over(main, view):
        steps += nesting.live(view.tree.inside("finally"), view)
    waiting: list[Wait] = []
    for step in [*steps, *(step for step, _ in view.requested)]:
        decision = _still(step, view, now)
        if isinstance(decision, Wait):
            waiting.append(decision)
        elif decision is not None:
            return Plan(act=decision)
    return waits(waiting) if waiting else Plan(act=Finish(state="finished"))


def _still(step: Step, view: View, now: datetime) -> one_step.Decision:
    """What is still to be done about a step after the incident is resolved."""
    state, kind = view.of(step.id), one_step.kind(step)
    works = getattr(kind, "AFTERWARDS", False) and not step.id.startswith("handlers.")
    asked = any(one.id == step.id for one, _ in view.requested)
    corrects = asked and view.request(step.id).get("notice") == "correction"
    decision = one_step.decide(step, view, now) if works or corrects or state.state == "open" else None
    if isinstance(decision, Do) and decision.verb == "escalate":
        decision = one_step.typed(step, view.at(step.id), now)  # it waits on; the night is over, nobody is called
    if corrects or (isinstance(decision, Close) and decision.state == "done") or state.state in CLOSED:
        return decision
    goes_on = isinstance(decision, Wait | Mark) and decision.step == step.id and state.state == "open"
    if not works or (goes_on and getattr(kind, "ENDS_WITH_INCIDENT", False) and not _inside(step, view, decision)):
        return one_step.over(step, view, one_step.skipped(step, _BECAUSE["resolved"]))
    return decision


def _inside(step: Step, view: View, decision: one_step.Decision) -> bool:
    """Whether a step only waits for those inside it."""
    return isinstance(decision, Wait) and not decision.why
