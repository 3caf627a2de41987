"""set: changes the incident's severity or phase, who holds a role, or the playbook's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import SEVERITIES, Step
from incident.playbook.shapes import ExpressionShape, InlineShape, RoleShape, VarShape
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Choice, Field, MapOf

HELP = "Sets the severity, the public phase, who holds a role, or variables that later conditions read."
EFFECT = "internal"
AFTERWARDS = True
FIELDS = {
    "severity": Field(shape=Choice(SEVERITIES), help="The new severity."),
    "phase": Field(shape=Choice(("investigating", "identified", "monitoring")), help="The new public phase."),
    "roles": Field(
        shape=MapOf(key=RoleShape(), value=InlineShape(hint="a person, or {{ name }} of one")),
        default={},
        help="Roles and the person who holds each from now on; somebody who may not hold one is a failure.",
    ),
    "vars": Field(
        shape=MapOf(key=VarShape(), value=ExpressionShape()), default={}, help="Variables and their new values."
    ),
    "reason": Field(shape=InlineShape(), help="Why; it stands on the timeline."),
}
_WHAT = ("severity", "phase", "roles", "vars")


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()


def check(fields: Mapping[str, Any]) -> str:
    return "" if any(fields.get(name) for name in _WHAT) else f"Set at least one of {', '.join(_WHAT)}."


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    done = view.of(step.id).did.get("set")
    if done is None:
        return Do(step=step.id, verb="set")
    if done.get("refused"):
        return Close(step=step.id, state="failed", reason=str(done["refused"]))
    try:
        values = {name: value.evaluate(view.variables()) for name, value in step.fields["vars"].items()}
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error))
    return Close(step=step.id, state="done", vars=values)


def _set(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    reason = render(step.fields.get("reason"), view) or None
    roles = {role: render(person, view) for role, person in step.fields["roles"].items()}
    refused = desk.give_roles(view, roles, reason) if roles else ""
    if refused:
        return {"refused": refused}
    desk.set_incident(step.fields.get("severity"), step.fields.get("phase"), reason)
    return {}


EFFECTS = {"set": _set}
