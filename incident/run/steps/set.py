"""set: changes the incident's severity or phase, or the playbook's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import SEVERITIES, Step
from incident.playbook.shapes import ExpressionShape, VarShape
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.shape import Choice, Field, MapOf

HELP = "Sets the severity, the public phase, or variables that later conditions read."
EFFECT = "internal"
FIELDS = {
    "severity": Field(shape=Choice(SEVERITIES), help="The new severity."),
    "phase": Field(shape=Choice(("investigating", "identified", "monitoring")), help="The new public phase."),
    "vars": Field(
        shape=MapOf(key=VarShape(), value=ExpressionShape()), default={}, help="Variables and their new values."
    ),
}


def check(fields: Mapping[str, Any]) -> str:
    return "" if any(fields.get(name) for name in FIELDS) else "Set at least one of severity, phase, vars."


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    if "set" not in view.of(step.id).did:
        return Do(step=step.id, verb="set")
    try:
        values = {name: value.evaluate(view.variables()) for name, value in step.fields["vars"].items()}
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error))
    return Close(step=step.id, state="done", vars=values)


def _set(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    desk.set_incident(step.fields.get("severity"), step.fields.get("phase"))
    return {}


EFFECTS = {"set": _set}
