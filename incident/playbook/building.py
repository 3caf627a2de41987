"""From a file without mistakes to its steps as values: needs resolved, defaults applied, inner steps inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.playbook.draft import Draft, Placed
from incident.playbook.model import Goto, Retry, Step
from incident.playbook.step_fields import STEP
from incident.playbook.vocabulary import StepType

_OWN = ("on_error", "undo", "steps")


def steps_of(draft: Draft, path: str) -> tuple[Step, ...]:
    """The steps of the list at `path`."""
    return tuple(_step(draft, one) for one in draft.lists.get(path, ()))


def lineage(step: Placed) -> tuple[str, ...]:
    """The ids of the steps it stands in, outermost first; the part of the file where that is not `steps`."""
    part = () if step.part == "steps" else (step.part,)
    return (*part, *(outer.id for outer in step.inside))


def _step(draft: Draft, placed: Placed) -> Step:
    values, kind = placed.values, draft.vocabulary.step_types[placed.values["type"]]
    undo = next((one for one in draft.undos if one.path == f"{placed.path}.undo"), None)
    return Step(
        **_common(draft, values, kind, alone=placed.part != "steps"),
        needs=draft.needs.get(placed.id, ()),
        undo=None if undo is None else _undo(draft, undo),
        steps=steps_of(draft, f"{placed.path}.steps"),
    )


def _undo(draft: Draft, placed: Placed) -> Step:
    kind = draft.vocabulary.step_types[placed.values["type"]]
    return Step(**_common(draft, placed.values, kind, alone=True))


def _common(draft: Draft, values: Mapping[str, Any], kind: StepType, *, alone: bool) -> dict[str, Any]:
    """What a step says, or inherits. `alone`: nothing else may stop because of it, unless it says so itself."""
    defaults = draft.values["defaults"]
    on_error: Any = values["on_error"] or ("continue" if alone else defaults.on_error)
    retry: Retry | None = values["retry"] or (defaults.retry if kind.outward else None)
    return {
        **{name: values[name] for name in STEP if name not in ("needs", *_OWN)},
        "timeout": values["timeout"] or defaults.timeout,
        "on_timeout": values["on_timeout"] or _on_timeout(defaults.on_timeout, kind),
        "retry": retry,
        "on_error": "goto" if isinstance(on_error, Goto) else on_error,
        "goto": on_error if isinstance(on_error, Goto) else None,
        "fields": {**_alike(draft, kind), **{name: values[name] for name in kind.fields}, **kind.fixed},
        "nests": kind.nests,
        "line": values["line"],
    }


def _on_timeout(inherited: str, kind: StepType) -> str:
    """What works outside of this program is ended by its timeout: nobody can be called to wait on."""
    return "fail" if kind.outward and inherited == "escalate" else inherited


def _alike(draft: Draft, kind: StepType) -> dict[str, Any]:
    """The fields of the type that this one is a case of, as they are when nothing is said."""
    other = draft.vocabulary.step_types.get(kind.like)
    return {name: declared.default for name, declared in other.fields.items()} if other is not None else {}
