"""What an expression reads, seen from one step of a run: parameters, vars, the steps of its own playbook. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from incident.playbook.model import Playbook, Step
from incident.run.tree import Tree, Where, called_by
from incident.run.unanswered import Unsaid, assumed

_EMPTY: Mapping[str, Any] = {}


class View(Protocol):
    """What is read here of a run's view (`incident.run.history`, which this must not know)."""

    @property
    def playbook(self) -> Playbook: ...
    @property
    def tree(self) -> Tree: ...
    @property
    def here(self) -> Where | None: ...
    @property
    def facts(self) -> Any: ...
    @property
    def vars(self) -> Mapping[str, Any]: ...
    @property
    def signals(self) -> Mapping[str, Any]: ...
    @property
    def entered(self) -> Mapping[str, int]: ...
    @property
    def requested(self) -> tuple[tuple[Step, Mapping[str, Any]], ...]: ...
    def at(self, key: str) -> View: ...
    def of(self, key: str) -> Any: ...
    def step(self, key: str) -> Step | None: ...
    def all_steps(self) -> tuple[Step, ...]: ...


def variables(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """Every name with its value. `params` are the parameters as they may be read by whoever asks."""
    here = view.here
    book, scope = (here.book, here.scope) if here is not None else (view.playbook, "")
    found = dict(view.vars)
    steps = Steps(view, book, scope)
    return {
        **found,
        **params,
        "params": dict(params),
        "vars": found,
        "incident": {**params, **view.facts.incident},
        "roles": dict(view.facts.roles),
        "clocks": Clocks(view.facts.clocks),
        "steps": steps,
        "answers": Answers(steps),
        "signals": {name: event.data["data"] for name, event in view.signals.items()},
        **_locals(view),
    }


def _locals(view: View) -> dict[str, Any]:
    """The values and turns of the lists and repetitions that one looks from inside of, the innermost hiding others."""
    found: dict[str, Any] = {}
    for key, number in view.here.loops if view.here is not None else ():
        found["turn"] = number
        around = view.step(key)
        if around is not None and around.for_each is not None:
            found[around.for_each.name] = view.of(key).did["open"]["items"][number - 1]
    return found


class Clocks(dict[str, Mapping[str, Any]]):
    """`clocks['id']`: how a regulatory clock stands. One that was not started is `none`: it can be asked for too."""

    def __missing__(self, id: str) -> Mapping[str, Any]:
        return {"state": "none", "met": None}


class Steps(Mapping[str, Mapping[str, Any]]):
    """`steps['id']`: the state of a step and what it brought, found when it is asked for."""

    def __init__(self, view: View, book: Playbook, scope: str) -> None:
        self._view = view
        self._book = book
        self._scope = scope

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        key = key_of(self._view, self._book, self._scope, id)
        if key is None:
            raise KeyError(id)
        state = self._view.of(key)
        where = self._view.tree.where(key)
        if where is None or not self._brought_nothing(state.state):
            return {"state": state.state, **state.outputs}
        brought = assumed(where.step, called_by(where))
        found = Unsaid(brought) if isinstance(brought, Unsaid) else dict(brought)
        found.update({"state": state.state, **state.outputs})
        return found

    def _brought_nothing(self, state: str) -> bool:
        """Whether no answer will come: it is over without one, or looked at when the run is in trouble."""
        here = self._view.here
        in_trouble = here is not None and here.step.id.startswith("handlers.")
        return state in ("failed", "skipped") or (in_trouble and state in ("new", "open"))

    def __iter__(self) -> Iterator[str]:
        return iter(self._book.lineage)

    def __len__(self) -> int:
        return len(self._book.lineage)


class Answers(Mapping[str, Mapping[str, Any]]):
    """`answers.id`: what a step brought, without its state."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        return {name: value for name, value in self._steps[id].items() if name != "state"}

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def key_of(view: View, book: Playbook, scope: str, id: str) -> str | None:
    """The key of the step `id` as it is meant here: of the same value and turn as that from which one looks, else of
    the last. None when this playbook has no such step."""
    if id not in book.lineage:
        return id if any(step.id == id for step, _ in view.requested) else None
    prefix = scope
    for name in (*book.lineage[id], id):
        prefix = f"{prefix}.{name}" if prefix else name
        if name.startswith("handlers."):
            prefix = f"{prefix}[{view.entered.get(name.removeprefix('handlers.'), 0) or 1}]"
        elif name != id:
            prefix = _numbered(view, prefix)
    return prefix


def _numbered(view: View, key: str) -> str:
    """The key with the number of the value and of the turn that is meant."""
    own = dict(view.here.loops) if view.here is not None else {}
    where = view.tree.where(key)
    if where is not None and where.step.for_each is not None:
        key = f"{key}[{own.get(key) or _last(view, key, 'open')}]"
        where = view.tree.where(key)
    if where is not None and where.step.nests == "turns":
        key = f"{key}[{own.get(key) or _last(view, key, 'turn')}]"
    return key


def _last(view: View, key: str, verb: str) -> int:
    data = view.of(key).did.get(verb, _EMPTY)
    return max(1, len(data["items"]) if "items" in data else int(data.get("turn", 1)))


def keys_of(view: View, id: str) -> tuple[str, ...]:
    """Every step so far with this id, of any turn and value, in the playbook from which one looks."""
    scope = view.here.scope if view.here is not None else ""
    found = []
    for step in view.all_steps():
        where = view.tree.where(step.id)
        name = step.id.rpartition(".")[2].partition("[")[0]
        if name == id and (where.scope if where is not None else "") == scope:
            found.append(step.id)
    return tuple(found)


def correction(view: View, key: str) -> Mapping[str, Any]:
    """What a step of type `correct` says: the notice that it corrects, and the words, if they were written before."""
    where = view.tree.where(key)
    if where is None or "corrects" not in where.step.fields:
        return _EMPTY
    corrected = key_of(view.at(key), where.book, where.scope, str(where.step.fields["corrects"]))
    return {"notice": "correction", "corrects": corrected, "texts": where.step.fields["text"], "author": ""}
