"""Answering a gate: one compare-and-set on its state and its hash; what has changed since is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from incident import registry
from incident.delivery.outbox import Confirm
from incident.errors import BadValue, Conflict, NotAllowed, NotFound
from incident.journal import Actor
from incident.now import ms
from incident.run import announcing, gate, glass
from incident.run import store as runs
from incident.run.acts import Office, Standing, held, standing
from incident.run.announcing import Draft
from incident.run.naming import named
from incident.run.perform import Performance, go_on
from incident.store import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One person's answer to a gate. `break_glass` opens it alone; `prove` uses up what the answer hangs on (a one-time
    code), in the same transaction."""

    approved: bool
    reason: str | None = None
    break_glass: bool = False
    prove: Callable[[], None] = lambda: None


def decide_gate(
    office: Office,
    incident: str,
    actor: Actor,
    confirm: Confirm,
    step_id: str,
    answer: Answer,
    may_hold: Callable[[str], bool],
) -> Standing:
    """Answers a gate by one compare-and-set on its state and hash.

    Raises NotAllowed (the author, a person without the role, a code that was used), Conflict when somebody was first,
    or when the texts, the audience or the count have changed since it was opened: then a fresh gate stands open, to be
    looked at again. Raises CountNotConfirmed for who has not seen the texts and confirmed the count: so must each of
    several approvers, also where their word does not send it yet. Raises BadValue for a broken glass without a reason.
    """
    if answer.break_glass and not (answer.reason or "").strip():
        raise BadValue("To open a gate alone needs a reason, which every commander is told: --reason '…'")
    with held(office, incident, actor, confirm) as performance:
        step_id = performance.asked_for = _meant(performance, step_id)
        _open_gate(performance, step_id)
        _check(performance, step_id, answer, may_hold)  # who may not answer does not void the gate of those who may
        draft = _draft(performance, step_id) if answer.approved else None
        changed = draft is not None and _refresh(performance, step_id, draft)
        if not changed:
            if draft is not None and not draft.is_empty:
                confirm(draft.count, partial(announcing.preview, office.station, draft))
            answer.prove()
            _answer_gate(performance, step_id, answer)
        result = standing(performance, go_on(performance))
    if changed:
        raise Conflict(
            f"What '{step_id}' would send has changed since it was prepared (texts, audience or count). "
            f"Look at it again, then approve: incident approve {incident} {step_id}"
        )
    return result


def _answer_gate(performance: Performance, step_id: str, answer: Answer) -> None:
    view, row = performance.view(), _open_gate(performance, step_id)
    prepared, person = view.of(step_id).did["prepare"], performance.desk.actor.person
    word = "approved" if answer.approved else "rejected"
    broken = True if answer.break_glass else None
    performance.append(
        "answered",
        step_id,
        answer=word,
        hash=row["hash"],
        reason=answer.reason,
        break_glass=broken,
        **_typed(performance),
    )
    verdict = gate.verdict(gate.approval_of(prepared), performance.view().of(step_id))
    if verdict:
        won = performance.store.queries("incident.run").answer_gate(
            id=row["id"],
            hash=prepared["hash"],
            state=verdict,
            person=person,
            at=ms(performance.desk.now),
            reason=answer.reason,
            break_glass=int(answer.break_glass),
        )
        if won != 1:
            raise Conflict(
                f"'{step_id}' was answered by somebody else a moment ago. See: incident show {row['incident']}"
            )
    step = view.step(step_id)
    assert step is not None
    performance.desk.tell(f"gate.{word}", step, hash=row["hash"], reason=answer.reason, break_glass=broken)
    if answer.break_glass:
        glass.tell_commanders(performance.desk, step, str(answer.reason))


def _typed(performance: Performance) -> dict[str, str]:
    """Who typed the answer in that person's stead, and why it was believed."""
    actor = performance.desk.actor
    return {"typed_by": actor.login, "proof": actor.proof} if actor.login else {}


def _check(performance: Performance, step_id: str, answer: Answer, may_hold: Callable[[str], bool]) -> None:
    """Raises NotAllowed when this person may not answer, or not in this way."""
    state = performance.view().of(step_id)
    prepared, person = state.did["prepare"], performance.desk.actor.person
    rule, author = gate.approval_of(prepared), str(prepared["author"])
    roles = {role: may_hold(role) for role in rule.by}
    if answer.break_glass:
        problem = gate.no_glass(rule, person, roles, author, state, may_hold("commander"))
    elif answer.approved:
        problem = gate.objection(rule, person, roles, author, state)
    else:
        problem = gate.objection_to_rejecting(rule, person, roles, author, state)
    if problem:
        raise NotAllowed(problem)


def _draft(performance: Performance, step_id: str) -> Draft | None:
    """The notice as it would leave now; None where the gate asks for something else."""
    view = performance.view()
    step = view.step(step_id)
    if step is None or "template" not in step.fields:
        return None
    return performance.desk.redraft(step, view.at(step_id))


def _refresh(performance: Performance, step_id: str, draft: Draft) -> bool:
    """Whether what the gate was opened for has changed; then the old gate is void and a fresh one stands open."""
    view = performance.view().at(step_id)
    step = view.step(step_id)
    if step is None or draft.hash == view.of(step_id).did["prepare"]["hash"]:
        return False
    performance.desk.close_gate(step, view, "void")
    effects = registry.load("incident.run.steps", step.type).EFFECTS
    fresh = effects["prepare"](step, view, performance.desk)
    performance.append("did", step_id, verb="prepare", **fresh)
    return True


def _meant(performance: Performance, typed: str) -> str:
    """The key of the step that is meant; what is typed where none is: the gate's row tells more."""
    try:
        return named(performance.view(), typed).id
    except NotFound:
        return typed


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
