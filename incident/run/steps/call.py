"""call: another playbook's steps, with parameters of their own, as that playbook was when the run began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from incident.errors import BadValue
from incident.expression import Expression, ExpressionError, Inline
from incident.playbook.declaration import NameShape
from incident.playbook.model import Playbook, Step
from incident.playbook.params import check_params, plain
from incident.playbook.shapes import PlaybookShape, ValueShape
from incident.run import nesting
from incident.run.decision import Close, Mark, Wait
from incident.run.history import View
from incident.run.tree import called_by
from incident.shape import Field, MapOf

HELP = (
    "Plays the steps of another playbook. Its parameters, vars, roles, steps, `finally` and `outputs` count; its "
    "severity, cadence, guard, notices and handlers do not."
)
EFFECT = "none"
NESTS = "playbook"
AFTERWARDS = True
FIELDS = {
    "playbook": Field(shape=PlaybookShape(), required=True, default="", help="Which one."),
    "with": Field(
        shape=MapOf(key=NameShape(), value=ValueShape()),
        default={},
        help="Its parameters; '{{ dc }}' gives the value of that name.",
    ),
}
EFFECTS: Mapping[str, Any] = {}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()  # what the called playbook names as its outputs is added to these


def decide(step: Step, view: View, now: datetime) -> Mark | Close | Wait:
    where = view.tree.where(step.id)
    book = called_by(where) if where is not None else None
    if book is None:
        return _failed(step, f"the playbook '{step.fields['playbook']}' is not in this run's snapshot")
    if "open" not in view.of(step.id).did:
        return _open(step, view, book)
    return nesting.ended(step, view) or _brought(step, view, book)


def _open(step: Step, view: View, book: Playbook) -> Mark | Close:
    """The parameters are worked out once, when it begins."""
    try:
        given = {name: _value(value, view) for name, value in step.fields["with"].items()}
        return Mark(step=step.id, verb="open", data={"params": plain(check_params(book, given))})
    except (ExpressionError, BadValue) as error:
        return _failed(step, str(error))


def _value(value: Any, view: View) -> Any:
    if isinstance(value, Expression):
        return value.evaluate(view.variables())
    return value.render(view.variables()) if isinstance(value, Inline) else value


def _brought(step: Step, view: View, book: Playbook) -> Close:
    """The outputs that the called playbook names, as seen from inside it."""
    assert view.here is not None
    inner = replace(view, here=replace(view.here, book=book, scope=step.id, loops=()))
    try:
        outputs = {name: value.evaluate(inner.variables()) for name, value in book.outputs.items()}
    except ExpressionError as error:
        return _failed(step, f"outputs: {error}", "output")
    return Close(step=step.id, state="done", outputs=outputs)


def _failed(step: Step, reason: str, code: str = "value") -> Close:
    return Close(step=step.id, state="failed", reason=reason, code=code)
