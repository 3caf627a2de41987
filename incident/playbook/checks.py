"""What only the whole file can tell: names of things that stand elsewhere.

Each check is a function of the draft that adds mistakes at their places; `CHECKS` is the list of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from incident import expression, registry
from incident.expression import Expression, Inline
from incident.playbook import clock_checks, order_checks, sending_checks, testing_checks
from incident.playbook.draft import Draft
from incident.playbook.structure import RESERVED
from incident.shape import Use

_RECEIVED = re.compile(r"\breceived\s*\(([^)]*)\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def repeated_ids(draft: Draft) -> None:
    """An id or a parameter's name stands for one thing."""
    for key, names in (
        ("id", [(step.path, step.id) for step in draft.steps]),
        ("name", [(f"params[{index}]", param.name) for index, param in enumerate(draft.values["params"])]),
    ):
        seen: dict[str, str] = {}
        for path, name in names:
            if name and name in seen:
                line = draft.reader.place(seen[name])[0]
                what = f"'{name}' stands twice (first on line {line}); give each its own {key}."
                draft.reader.wrong_at(f"{path}.{key}", f"duplicate_{key}", what)
            seen.setdefault(name, path)


_BESIDE = re.compile(r"\.(?:needs(?:\[\d+\])?|on_error\.goto)$")
EACH = frozenset({"count", "done", "failed", "each"})
"""What a step brings that is done once for each value of a list."""

_STEPS = re.compile(r"(?:steps|finally|handlers\.\w+)\[")
_ASKED_FOR = re.compile(r"(?:update|resolved|correction)-\d+|.*\.holding")


def reserved_ids(draft: Draft) -> None:
    """`update-1`, `resolved-1` … are the names of the notices that staff send by hand; `undo` is a word of keys."""
    for step in draft.steps:
        if _ASKED_FOR.fullmatch(step.id):
            what = f"'{step.id}' is the name of a notice that staff send by hand; choose another id."
            draft.reader.wrong_at(f"{step.path}.id", "reserved_id", what)
        elif step.id in RESERVED:
            what = f"'{step.id}' means something else already; choose another id."
            draft.reader.wrong_at(f"{step.path}.id", "reserved_id", what)


def taken_names(draft: Draft) -> None:
    """A parameter or var may not hide another, nor a word that every expression knows."""
    params = {param.name for param in draft.values["params"]}
    for index, param in enumerate(draft.values["params"]):
        if param.name in draft.vocabulary.names:
            what = f"'{param.name}' is a word of every expression; choose another name."
            draft.reader.wrong_at(f"params[{index}].name", "name_taken", what)
        elif param.name in draft.vocabulary.incident:
            what = f"'incident.{param.name}' means something else already; choose another name."
            draft.reader.wrong_at(f"params[{index}].name", "name_taken", what)
    for name in draft.values["vars"]:
        if name in draft.vocabulary.names or name in params:
            what = f"'{name}' is the name of something else already; choose another name."
            draft.reader.wrong_at(f"vars.{name}", "name_taken", what)
    taken = draft.vocabulary.names | draft.data_names | {"turn", "result"}
    for step in draft.steps:
        each = step.values["for_each"]
        if each is not None and each.name in taken:
            what = f"'{each.name}' is the name of something else already; choose another name."
            draft.reader.wrong_at(f"{step.path}.for_each.as", "name_taken", what)


def plain_names(draft: Draft) -> None:
    """Roles, whom to page, messages, channels and vars must exist."""
    roles, vocabulary = frozenset(draft.values["roles"]), draft.vocabulary
    known: Mapping[str, tuple[str, frozenset[str]]] = {
        "role": ("role", roles),
        "viewer": ("role or person", roles | vocabulary.people),
        "target": ("role, person, policy or rota", roles | vocabulary.callable),
        "message": ("message", vocabulary.messages),
        "channel": ("channel", vocabulary.channels),
        "var": ("var", frozenset(draft.values["vars"])),
    }
    for use in draft.uses(*known):
        what, names = known[use.kind]
        if use.value not in names:
            near = registry.nearest(use.value, names)
            draft.wrong(use, f"unknown_{use.kind}", f"There is no {what} '{use.value}'. {near}")


def step_names(draft: Draft) -> None:
    """A step that is named exists, and is of the type that is wanted there."""
    types = draft.step_types
    for use in draft.uses("step"):
        id, wanted = use.value
        if _known_step(draft, use, id, wanted, types) and _BESIDE.search(use.path):
            _stands_beside(draft, use, id)


def _stands_beside(draft: Draft, use: Use, id: str) -> None:
    here, other = draft.step_at(use.path), draft.by_id.get(id)
    if here is None or other is None or here.list == other.list or here in draft.undos:
        return
    what = f"'{id}' does not stand beside '{here.id}'; name a step of the same list, or the one that '{id}' stands in."
    draft.wrong(use, "not_beside", what)


def _known_step(draft: Draft, use: Use, id: str, wanted: str, types: Mapping[str, str]) -> bool:
    if id not in types:
        own = [one for one in types if one and not one.startswith("notice.")]
        draft.wrong(use, "unknown_step", f"There is no step '{id}'. {registry.nearest(id, own)}")
    elif wanted and types[id] != wanted:
        draft.wrong(use, "wrong_step_type", f"'{id}' is of type {types[id]}; only {wanted} will do here.")
    return id in types


def wordless(draft: Draft) -> None:
    """A message that carries what staff write at that moment cannot be sent by a step: nobody has written it yet."""
    for use in draft.uses("message"):
        if use.value in draft.vocabulary.needs_words and _without_words(draft, use):
            known = ", ".join(sorted(draft.vocabulary.messages - draft.vocabulary.needs_words))
            draft.wrong(
                use,
                "needs_words",
                f"'{use.value}' carries words that are typed when it is sent (incident update, incident correct); "
                f"a step can send: {known}.",
            )


def _without_words(draft: Draft, use: Use) -> bool:
    """Whether nobody is there to write them: a step that corrects carries its words itself."""
    step = draft.step_at(use.path)
    if step is not None:
        return not step.values.get("text")
    return use.path.startswith("cadence.")


def audiences(draft: Draft) -> None:
    """An audience parses, reads known names, and asks only for those who received an announcement before it."""
    types = draft.step_types
    for use in draft.uses("audience"):
        try:
            names = draft.vocabulary.audience(use.value)
        except ValueError as error:
            draft.wrong(use, "bad_audience", f"'{use.value}' is no audience: {str(error).rstrip('.')}.")
            continue
        _known_names(draft, use, names, draft.data_names | draft.locals(use.path))
        for call in _RECEIVED.finditer(use.value):
            for id in ("".join(quoted) for quoted in _QUOTED.findall(call[1])):
                if _known_step(draft, use, id, "announce", types):
                    _comes_before(draft, use, id, "is received")


def expressions(draft: Draft) -> None:
    """An expression reads known names only, and of the step it looks at only what that step has."""
    for use in draft.uses("expression", "inline"):
        compiled: Expression | Inline = use.value
        _known_names(draft, use, compiled.names, draft.vocabulary.names | draft.data_names | draft.locals(use.path))
        for path in sorted(expression.paths(compiled.text, inline=use.kind == "inline")):
            if path[0] in compiled.names and len(path) == 2:
                _known_member(draft, use, *path)
            elif path[0] == "steps" and len(path) == 3:
                _known_answer(draft, use, path[1], path[2])


def _known_names(draft: Draft, use: Use, names: Iterable[str], known: frozenset[str]) -> None:
    for name in sorted(set(names) - known):
        draft.wrong(use, "unknown_name", f"Nothing is called '{name}' here. {registry.nearest(name, known)}")


def _known_member(draft: Draft, use: Use, owner: str, name: str) -> None:
    """`incident.x`, `params.x`, `vars.x`, `roles.x`, `steps['x']`: x exists."""
    params = frozenset(param.name for param in draft.values["params"])
    known = {
        "incident": draft.vocabulary.incident | params,
        "params": params,
        "vars": frozenset(draft.values["vars"]),
        "roles": frozenset(draft.values["roles"]),
        "clocks": frozenset(clock_checks.named(draft.values["clocks"], draft.vocabulary)) if owner == "clocks" else (),
    }
    if owner == "steps":
        if _known_step(draft, use, name, "", draft.step_types) and use.path.endswith(".when"):
            _comes_before(draft, use, name, "is looked at")
    elif owner in known and name not in known[owner]:
        draft.wrong(use, "unknown_name", f"{owner} has no '{name}'. {registry.nearest(name, known[owner])}")


def answers(draft: Draft, step: Mapping[str, Any]) -> frozenset[str] | None:
    """What `steps['id'].` has besides `state`; None when nobody can tell before it runs."""
    kind = draft.kind(step)
    if kind is None or kind.answers is None:
        return None
    if step["for_each"] is not None:
        return EACH
    called = draft.called.get(step.get("playbook", "")) if kind.nests == "playbook" else None
    if kind.nests == "playbook" and called is None:
        return None
    own = kind.answers(step)
    return None if own is None else own | frozenset(step["outputs"]) | frozenset(called.outputs if called else ())


def _known_answer(draft: Draft, use: Use, id: str, name: str) -> None:
    step = draft.by_id.get(id)
    brought = answers(draft, step.values) if step is not None else None
    if brought is None:
        return
    known = {"state"} | brought
    if name not in known:
        draft.wrong(use, "unknown_answer", f"Step '{id}' has no '{name}'. {registry.nearest(name, known)}")


def _comes_before(draft: Draft, use: Use, id: str, verb: str) -> None:
    """Not for undoing and for handlers: these may look at whatever has happened by then."""
    here = draft.step_at(use.path)
    if here is None or here.id not in draft.before or here.part.startswith("handlers."):
        return
    if id not in draft.by_id or id in draft.before[here.id]:
        return
    what = f"'{id}' {verb} here, but '{here.id}' does not wait for it; add it to 'needs' of '{here.id}'."
    if id == here.id:
        what = f"'{id}' cannot look at itself: it has not run yet; name a step before it."
    elif id in {outer.id for outer in here.inside}:
        what = f"'{here.id}' stands inside '{id}', which is not over yet; name a step before it."
    draft.wrong(use, "step_not_before", what)


def clocks(draft: Draft) -> None:
    """A clock that is named exists; those that stand here make sense, and call somebody."""
    entries: Sequence[Mapping[str, Any]] = draft.values["clocks"]
    known = clock_checks.named(entries, draft.vocabulary)
    for use in draft.uses("clock"):
        if use.value not in known:
            near = registry.nearest(use.value, known)
            draft.wrong(use, "unknown_clock", f"There is no clock '{use.value}'. {near}")
    names = draft.vocabulary.names | draft.data_names
    for path, code, what in clock_checks.mistakes(entries, draft.vocabulary, draft.values["roles"], names):
        draft.reader.wrong_at(path, code, what)


def locales(draft: Draft) -> None:
    """A language that is required is one that the organisation speaks."""
    spoken = draft.vocabulary.locales
    for index, locale in enumerate(draft.values["guard"].locales_required):
        if spoken and locale and locale not in spoken:
            near = registry.nearest(locale, spoken)
            what = f"The organisation does not speak '{locale}'. {near}"
            draft.reader.wrong_at(f"guard.locales_required[{index}]", "unknown_locale", what)


def sending(draft: Draft) -> None:
    """How notices leave the house makes sense."""
    sending_checks.check(draft, draft.reader.wrong_at)


CHECKS: tuple[Callable[[Draft], None], ...] = (
    repeated_ids,
    reserved_ids,
    taken_names,
    plain_names,
    step_names,
    wordless,
    audiences,
    expressions,
    clocks,
    *order_checks.CHECKS,
    locales,
    sending,
    testing_checks.check,
)
