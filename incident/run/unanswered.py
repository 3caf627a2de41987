"""What a step that brought nothing is taken to have brought, so that later conditions can still be told. Pure.

A question that was skipped, timed out or failed has its declared defaults; whatever else a step could have brought is
`none`, and a comparison with `none` does not hold (see `incident.expression`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident import registry
from incident.playbook.model import Playbook, Step


class Unsaid(dict[str, Any]):
    """What a step brought whose names nobody can know beforehand: a signal's data, a program's JSON."""

    def __missing__(self, name: str) -> None:
        return None


def assumed(step: Step, called: Playbook | None = None) -> Mapping[str, Any]:
    """What stands for the outputs of this step; `called` is the playbook that it calls."""
    named = dict.fromkeys((*step.outputs, *(called.outputs if called is not None else ())))
    if step.for_each is not None:
        return {"count": 0, "done": 0, "failed": 0, "each": [], **named}
    kind = registry.load("incident.run.steps", step.type)
    names = kind.answers(step.fields)
    defaults = getattr(kind, "defaults", None)
    brought = {**dict.fromkeys(names or ()), **(defaults(step) if defaults is not None else {}), **named}
    return Unsaid(brought) if names is None else brought
