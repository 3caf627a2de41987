"""Answering a gate: one compare-and-set on its state and its hash; what has changed since is looked at again."""

from __future__ import annotations

from collections.abc import Callable

from incident import registry
from incident.delivery.outbox import Confirm
from incident.errors import Conflict, NotAllowed, NotFound
from incident.journal import Actor
from incident.now import ms
from incident.run import gate
from incident.run import store as runs
from incident.run.acts import Office, Standing, held, standing
from incident.run.perform import Performance, go_on
from incident.store import Row


def decide_gate(
    office: Office,
    incident: str,
    actor: Actor,
    confirm: Confirm,
    step_id: str,
    *,
    approved: bool,
    may_hold: Callable[[str], bool],
    reason: str | None,
) -> Standing:
    """Answers a gate by one compare-and-set on its state and hash.

    Raises NotAllowed (the author, a person without the role), Conflict when somebody was first, or when the texts, the
    audience or the count have changed since it was opened: then a fresh gate stands open, to be looked at again.
    """
    with held(office, incident, actor, confirm) as performance:
        performance.asked_for = step_id
        changed = approved and _refresh(performance, step_id)
        if not changed:
            _answer_gate(performance, actor, step_id, approved=approved, may_hold=may_hold, reason=reason)
        result = standing(performance, go_on(performance))
    if changed:
        raise Conflict(
            f"What '{step_id}' would send has changed since it was prepared (texts, audience or count). "
            f"Look at it again, then approve: incident approve {incident} {step_id}"
        )
    return result


def _answer_gate(
    performance: Performance,
    actor: Actor,
    step_id: str,
    *,
    approved: bool,
    may_hold: Callable[[str], bool],
    reason: str | None,
) -> None:
    view, row = performance.view(), _open_gate(performance, step_id)
    prepared = view.of(step_id).did["prepare"]
    rule = gate.approval_of(prepared)
    roles = {role: may_hold(role) for role in rule.by}
    objection = gate.objection(rule, actor.person, roles, str(prepared["author"]), view.of(step_id))
    if objection:
        raise NotAllowed(objection)
    word = "approved" if approved else "rejected"
    performance.append("answered", step_id, answer=word, hash=row["hash"], reason=reason)
    verdict = gate.verdict(rule, performance.view().of(step_id))
    if verdict:
        won = performance.store.queries("incident.run").answer_gate(
            id=row["id"],
            hash=prepared["hash"],
            state=verdict,
            person=actor.person,
            at=ms(performance.desk.now),
            reason=reason,
        )
        if won != 1:
            raise Conflict(
                f"'{step_id}' was answered by somebody else a moment ago. See: incident show {row['incident']}"
            )
    step = view.step(step_id)
    assert step is not None
    performance.desk.tell(f"gate.{word}", step, hash=row["hash"], reason=reason)


def _refresh(performance: Performance, step_id: str) -> bool:
    """Whether what the gate was opened for has changed; then the old gate is void and a fresh one stands open."""
    _open_gate(performance, step_id)
    view = performance.view()
    step = view.step(step_id)
    if step is None or step.type != "announce":
        return False
    prepared = view.of(step_id).did["prepare"]
    if performance.desk.redraft(step, view).hash == prepared["hash"]:
        return False
    performance.desk.close_gate(step, view, "void")
    effects = registry.load("incident.run.steps", step.type).EFFECTS
    fresh = effects["prepare"](step, view, performance.desk)
    performance.append("did", step_id, verb="prepare", **fresh)
    return True


def _open_gate(performance: Performance, step_id: str) -> Row:
    row = runs.open_gate(performance.store, performance.run.id, step_id)
    if row is None:
        step = performance.view().step(step_id)
        if step is None:
            known = ", ".join(step.id for step in performance.view().all_steps())
            raise NotFound(f"There is no step '{step_id}' in {performance.run.incident}. Its steps: {known}.")
        state = performance.view().of(step_id)
        by = f" by {state.answers[-1].actor}" if state.answers else ""
        raise Conflict(f"'{step_id}' does not wait for approval: it is {state.state}{by}.")
    return row
