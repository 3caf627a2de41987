"""check: an expression that must hold, or the step fails and the playbook says what follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.expression import ExpressionError
from incident.playbook.model import Step
from incident.playbook.shapes import ExpressionShape, InlineShape
from incident.run.decision import Close, Do, Wait
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Field

HELP = "Fails unless an expression over parameters, answers and facts holds."
EFFECT = "none"
FIELDS = {
    "that": Field(shape=ExpressionShape(), required=True, help="What must hold."),
    "message": Field(shape=InlineShape(), help="What staff read when it does not."),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"held"})


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    try:
        held = step.fields["that"].holds(view.variables())
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error), outputs={"held": False})
    if held:
        return Close(step=step.id, state="done", outputs={"held": True})
    reason = render(step.fields.get("message"), view) or f"does not hold: {step.fields['that'].text}"
    return Close(step=step.id, state="failed", reason=reason, outputs={"held": False})


EFFECTS: Mapping[str, Any] = {}
