"""What is wrong with a playbook's tests: names and values that the playbook does not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident import registry
from incident.playbook import clock_checks
from incident.playbook.draft import Draft
from incident.playbook.model import Param
from incident.playbook.params import describe, value_of
from incident.playbook.testing import Act, PlaybookTest
from incident.playbook.testing_shapes import either
from incident.shape import Use


def check(draft: Draft) -> None:
    """Steps that are named exist and are of a type that fits; parameters and answers have values that fit; whom and
    why somebody is called is known; each test has a name of its own."""
    for use in draft.uses("any_step"):
        _step(draft, use)
    seen: dict[str, int] = {}
    tests: tuple[PlaybookTest, ...] = draft.values["tests"]
    for index, test in enumerate(tests):
        path = f"tests[{index}]"
        if test.name and test.name in seen:
            what = f"Two tests have this name (the first on line {seen[test.name]}); give each its own."
            draft.reader.wrong_at(f"{path}.name", "duplicate_name", what)
        seen.setdefault(test.name, test.line)
        _test(draft, test, path)


def _step(draft: Draft, use: Use) -> None:
    name, types, outward = use.value
    found = _type_of(draft, name)
    if found is None:
        known = [one for one in draft.step_types if one]
        draft.wrong(use, "unknown_step", f"There is no step '{name}'. {registry.nearest(name, known)}")
        return
    kind = draft.vocabulary.step_types.get(found)
    if outward and kind is not None and not kind.outward:
        what = f"'{name}' is of type {found}, which does nothing outside of this program; it has no outcome."
        draft.wrong(use, "wrong_step_type", what)
    elif types and found and found not in types and (kind is None or kind.like not in types):
        what = f"'{name}' is of type {found}; only {either(types)} will do here."
        draft.wrong(use, "wrong_step_type", what)


def _type_of(draft: Draft, name: str) -> str | None:
    """The type of a step, '' where it cannot be told, None for none: its own, one of a playbook that it calls, what
    undoes it."""
    if name in draft.step_types:
        return draft.step_types[name]
    first, _, rest = name.partition(".")
    placed = draft.by_id.get(first)
    if placed is None or not rest:
        return None
    if rest == "undo":
        return str(placed.values["undo"]["type"]) if placed.values.get("undo") else None
    called = draft.called.get(str(placed.values.get("playbook", "")))
    if called is None:
        return "" if placed.values.get("playbook") else None
    return "" if rest.rpartition(".")[2] in called.lineage else None


def _test(draft: Draft, test: PlaybookTest, path: str) -> None:
    params: tuple[Param, ...] = draft.values["params"]
    _values(draft, {param.name: param for param in params}, test.given.params, f"{path}.given.params", whole=True)
    for step, reply in test.given.answers.items():
        _answer(draft, step, reply.values, f"{path}.given.answers.{step}.values")
    for number, moment in enumerate(test.moments):
        here = path if number == 0 else f"{path}.then[{number - 1}]"
        for act in moment.acts:
            _act(draft, act, here)
        for name in ("paged", "not_paged"):
            for index, paged in enumerate(getattr(moment.expect, name, ())):
                _paged(draft, paged.to, paged.because, f"{here}.expect.{name}[{index}]")


def _values(draft: Draft, known: Mapping[str, Param], given: Mapping[str, Any], path: str, *, whole: bool) -> None:
    for name, raw in given.items():
        if name not in known:
            near = registry.nearest(name, known)
            draft.reader.wrong_at(f"{path}.{name}", "unknown_name", f"There is no '{name}' to be given. {near}")
            continue
        try:
            value_of(known[name], raw)
        except ValueError as error:
            draft.reader.wrong_at(f"{path}.{name}", "bad_value", f"'{name}' {error}")
    missing = [param for name, param in known.items() if whole and param.required and given.get(name) is None]
    for param in missing:
        if param.default is None:
            what = f"'{param.name}' must be given: {describe(param)}"
            draft.reader.wrong_at(path, "missing_param", what)


def _act(draft: Draft, act: Act, path: str) -> None:
    if act.verb == "answer":
        _answer(draft, act.name, act.values, f"{path}.answer.values")


def _answer(draft: Draft, name: str, given: Mapping[str, Any], path: str) -> None:
    """What is answered fits the question."""
    placed = draft.by_id.get(name)
    if placed is None or placed.values["type"] != "ask":
        if given and placed is not None:
            what = f"'{name}' is of type {placed.values['type']}; only a question has values."
            draft.reader.wrong_at(path, "bad_value", what)
        return
    own = dict(given)
    choices = placed.values.get("choices") or ()
    if choices and "choice" in own and own.pop("choice") not in choices:
        what = f"'{name}' is answered with one of: {', '.join(choices)}."
        draft.reader.wrong_at(f"{path}.choice", "bad_value", what)
    _values(draft, placed.values.get("fields") or {}, own, path, whole=False)


def _paged(draft: Draft, to: str, because: str, path: str) -> None:
    roles = frozenset(draft.values["roles"])
    targets = roles | draft.vocabulary.callable
    if to and to not in targets:
        what = f"There is no role, person, policy or rota '{to}'. {registry.nearest(to, targets)}"
        draft.reader.wrong_at(f"{path}.to", "unknown_target", what)
    kind, _, name = because.partition("/")
    reasons = {f"role/{role}" for role in roles} | {"promise"} | {one for one in draft.step_types if one}
    if kind == "clock" and name in clock_checks.named(draft.values["clocks"], draft.vocabulary):
        return
    if because and because not in reasons and _type_of(draft, because) is None:
        what = f"Nobody is called because of '{because}'. {registry.nearest(because, reasons)}"
        draft.reader.wrong_at(f"{path}.because", "unknown_reason", what)
