"""What must hold before an incident can end: its playbook's `exit_when`, and that no child of it is left open. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from incident.errors import BadValue, WrongState
from incident.expression import ExpressionError
from incident.playbook.model import Condition
from incident.run.history import View
from incident.run.wording import render


def unmet(view: View) -> list[str]:
    """A sentence for each condition that does not hold, or cannot be told yet, with its place in the playbook."""
    return [said for condition in view.playbook.exit_when if (said := _said(condition, view))]


def left_open(children: Sequence[str]) -> list[str]:
    """A sentence for each child that is open, with what to type."""
    return [
        f"{child} is an open child of it: incident resolve {child}, or let it go: incident adopt {child} --release."
        for child in children
    ]


def gone_past(
    incident: str, verb: str, left: Sequence[str], *, force: bool, reason: str | None, ended: str
) -> list[str]:
    """What does not hold although it must before the incident is `ended` (by the command `verb`), when somebody goes
    past it on record. Raises WrongState otherwise, BadValue when nobody says why."""
    if left and not force:
        raise WrongState(
            f"{incident} cannot be {ended} yet. {' '.join(left)} "
            f"If it must be: incident {verb} {incident} --force --reason '…'",
            unmet=list(left),
        )
    if left and not (reason or "").strip():
        raise BadValue(f"To {verb} it although something does not hold needs a reason: --reason '…'")
    return list(left)


def _said(condition: Condition, view: View) -> str:
    try:
        if condition.that.holds(view.variables()):
            return ""
        own = render(condition.message, view)
    except ExpressionError as error:
        own = f"It cannot be told yet whether {condition.that.text}: {error}"
    said = (own or f"This does not hold yet: {condition.that.text}").rstrip(".")
    return f"{said} ({view.playbook.file}, line {condition.line})."
