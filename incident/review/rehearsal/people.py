"""Who does what when in a rehearsed night, from what the run waits for and what the test says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.errors import BadValue
from incident.playbook.model import Approval, Playbook, Step
from incident.playbook.params import check_values, plain
from incident.playbook.testing import Claim, Given, Reply
from incident.review.rehearsal.meaning import meant
from incident.run import gate
from incident.run.decision import Wait
from incident.run.history import StepState, View

_BEGAN = {"ask": "ask", "task": "open", "page": "page"}
"""The verb with which a step of this type begins to wait for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that a person does at `at`: answers a step with `data`, or takes a role."""

    at: datetime
    by: str
    step: str = ""
    role: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def replies(view: View, waiting: Sequence[Wait], given: Given) -> Iterator[Due]:
    """What people do about the steps that wait for them.

    1. As the test says for that step. 2. Else after `staff_after`, a question as it is assumed, its first choice where
    there is one. 3. Else never.
    """
    for key in dict.fromkeys(wait.step for wait in waiting):
        step = view.step(key)
        if step is None:
            continue
        state = view.of(key)
        reply = next((one for name, one in given.answers.items() if meant(name, key)), Reply(after=given.staff_after))
        began = began_at(step, state)
        if began is not None and reply.after is not None:
            yield from _answers(step, view, reply, began)


def began_at(step: Step, state: StepState) -> datetime | None:
    """Since when a step waits for people; None when it does not."""
    if step.type in _BEGAN:
        return None if state.answers else state.did_at.get(_BEGAN[step.type])
    return state.did_at["prepare"] if open_gate(state) is not None else None


def open_gate(state: StepState) -> Approval | None:
    """The rule of a step's gate while it is open."""
    prepared = state.did.get("prepare")
    if state.state != "open" or prepared is None or not prepared.get("gate"):
        return None
    approval = gate.approval_of(prepared)
    return approval if not gate.verdict(approval, state) and "release" not in state.did else None


def _answers(step: Step, view: View, reply: Reply, began: datetime) -> Iterator[Due]:
    assert reply.after is not None
    at, state = began + reply.after, view.of(step.id)
    approval = open_gate(state)
    if approval is None:
        data = {"values": answer(step, reply.values)} if step.type == "ask" else {}
        yield Due(at=at, by=next(iter(reply.by), asked(step, view)), step=step.id, data=data)
        return
    have = {one.actor for one in state.answers}
    left = approval.quorum - len(have)
    for person in approvers(approval, view, state, reply.by)[: 1 if reply.reject else left]:
        yield Due(at=at, by=person, step=step.id, data=vote(state, reject=reply.reject))


def objection(state: StepState, person: str) -> str:
    """Why this person may not answer the step's gate, or ''. Whom a test names has the role."""
    approval = open_gate(state)
    if approval is None:
        return ""
    may_hold = dict.fromkeys(approval.by, True)
    return gate.objection(approval, person, may_hold, str(state.did["prepare"]["author"]), state)


def vote(state: StepState, *, reject: str = "") -> dict[str, Any]:
    """An answer to a gate, as the history keeps it."""
    word = "rejected" if reject else "approved"
    return {"answer": word, "hash": state.did["prepare"]["hash"], "reason": reject or None, "break_glass": None}


def approvers(approval: Approval, view: View, state: StepState, named: Sequence[str]) -> list[str]:
    """Who answers a gate: those that are named, else who holds one of its roles and may, else anybody of the role."""
    author = str(state.did["prepare"]["author"])
    have = {one.actor for one in state.answers}
    if named:
        return [person for person in named if person not in have]
    holders = [view.facts.roles[role] for role in approval.by if role in view.facts.roles]
    others = [f"{role}-{number}" for number in range(1, approval.quorum + 2) for role in approval.by or ("staff",)]
    barred = have | ({author} if approval.not_author else set())
    return [person for person in dict.fromkeys((*holders, *others)) if person not in barred]


def answer(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a question: what is said, else the first choice; the fields as they are assumed."""
    own = dict(values)
    choices = step.fields.get("choices") or ()
    chosen = {"choice": own.pop("choice", choices[0])} if choices else {}
    if choices and chosen["choice"] not in choices:
        raise BadValue(f"'{step.id}' is answered with one of: {', '.join(choices)}.")
    declared = tuple((step.fields.get("fields") or {}).values())
    wanted = {param.name: _anything(param) for param in declared if param.required and param.default is None}
    return {**chosen, **plain(check_values(declared, {**wanted, **own}, f"question '{step.id}'"))}


def _anything(param: Any) -> Any:
    """Some value that fits a field that must be given."""
    if param.enum:
        return param.enum[0]
    simple = {"integer": int(param.min or 0), "number": param.min or 0, "boolean": False, "list": (), "duration": "1h"}
    return simple.get(param.type, "2026-01-01T00:00:00+00:00" if param.type == "datetime" else "x")


def asked(step: Step, view: View) -> str:
    """Who answers a step: the role that it is for, of a call whoever is called first."""
    return somebody(step.assignee or str(next(iter(step.fields.get("to") or ()), "")), view.facts.roles)


def somebody(role: str, held: Mapping[str, str]) -> str:
    """Who holds the role, else a name that says which role it is."""
    return held.get(role) or (f"{role}-1" if role else "somebody")


def claims(playbook: Playbook, held: Mapping[str, str], given: Given, declared_at: datetime) -> Iterator[Due]:
    """The roles that are still to be taken, and when."""
    for role in playbook.roles:
        claim = given.claims.get(role, Claim(after=given.staff_after))
        if role not in held and claim.after is not None:
            yield Due(at=declared_at + claim.after, by=claim.by or f"{role}-1", role=role)
