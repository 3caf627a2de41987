"""Playbooks that call others: each call names one that exists, and gives it the parameters that it wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident import registry
from incident.expression import Expression, Inline
from incident.playbook.draft import Draft, Placed
from incident.playbook.model import Param, Playbook
from incident.playbook.params import describe, value_of

DEEPEST = 5
"""So many playbooks may call each other in a row."""


def check(draft: Draft) -> None:
    """The parameters of each call. That the playbook exists and is sound was told when it was read."""
    for step in (*draft.steps, *draft.undos):
        kind = draft.kind(step.values)
        called = draft.called.get(step.values.get("playbook", "")) if kind and kind.nests == "playbook" else None
        if called is not None and f"{step.path}.with" not in draft.reader.misread:
            _with(draft, step, called)


def _with(draft: Draft, step: Placed, called: Playbook) -> None:
    given: Mapping[str, Any] = step.values["with"]
    known = {param.name: param for param in called.params}
    for name, value in given.items():
        at = f"{step.path}.with.{name}"
        if name not in known:
            what = f"'{called.id}' has no parameter '{name}'. {registry.nearest(name, known)}"
            draft.reader.wrong_at(at, "unknown_param", what)
        elif not isinstance(value, Expression | Inline):
            _constant(draft, at, known[name], value)
    for name, param in known.items():
        if param.required and param.default is None and name not in given:
            what = f"'{called.id}' needs '{name}': {describe(param)}. Give it under 'with'."
            draft.reader.wrong_at(f"{step.path}.type", "missing_param", what)


def _constant(draft: Draft, at: str, param: Param, value: Any) -> None:
    try:
        value_of(param, value)
    except ValueError as error:
        draft.reader.wrong_at(at, "bad_value", f"'{param.name}' {error}")


def merged(own: Mapping[str, Any], called: Mapping[str, Playbook]) -> dict[str, Any]:
    """The roles of a playbook and of all that it calls: whoever is needed in there can be found."""
    roles: dict[str, Any] = {}
    for playbook in called.values():
        roles |= playbook.roles
    return {**roles, **own}


def texts_of(called: Mapping[str, Playbook]) -> dict[str, str]:
    """The text of each playbook that is called, directly or through others, by name."""
    found: dict[str, str] = {}
    for name, one in called.items():
        found |= {**texts_of(one.called), name: one.text}
    return found
