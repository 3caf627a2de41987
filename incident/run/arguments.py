"""What steps that act outside of this program have in common: texts with their values, and what must not be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from incident.expression import Inline
from incident.run.history import View

_SHORTEST = 4
"""A shorter secret is not masked: a letter or two would black out everything, and are no secret."""


def texts(inlines: Iterable[Inline], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Each text with its values, rendered once. Raises ExpressionError."""
    return tuple(inline.render(known) for inline in inlines)


def secrets(view: View) -> tuple[str, ...]:
    """The values of all secret parameters, of the run and of what it has called so far."""
    found: set[str] = set()
    for key, given in view.given.items():
        where = view.tree.where(key) if key else None
        book = view.playbook if where is None else where.book.called.get(str(where.step.fields.get("playbook")))
        for param in book.params if book is not None else ():
            value = given.get(param.name)
            if param.secret and value is not None:
                found |= set(map(str, value)) if isinstance(value, tuple) else {str(value)}
    return tuple(sorted(value for value in found if len(value) >= _SHORTEST))
