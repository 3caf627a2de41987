"""What must hold before an incident can be resolved (`exit_when`). Pure."""

from __future__ import annotations

from incident.expression import ExpressionError
from incident.playbook.model import Condition
from incident.run.history import View
from incident.run.wording import render


def unmet(view: View) -> list[str]:
    """A sentence for each condition that does not hold, or cannot be told yet, with its place in the playbook."""
    return [said for condition in view.playbook.exit_when if (said := _said(condition, view))]


def _said(condition: Condition, view: View) -> str:
    try:
        if condition.that.holds(view.variables()):
            return ""
        own = render(condition.message, view)
    except ExpressionError as error:
        own = f"It cannot be told yet whether {condition.that.text}: {error}"
    said = (own or f"This does not hold yet: {condition.that.text}").rstrip(".")
    return f"{said} ({view.playbook.file}, line {condition.line})."
