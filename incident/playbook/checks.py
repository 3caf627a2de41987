"""What only the whole file can tell: names of things that stand elsewhere, and the order of the steps.

Each check is a function of the draft that adds mistakes at their places; `CHECKS` is the list of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incident import expression, registry
from incident.errors import Mistake
from incident.expression import Expression, ExpressionError, Inline
from incident.playbook import clock_checks, reach, sending_checks
from incident.playbook.model import NOTICES
from incident.playbook.shapes import sentence
from incident.playbook.vocabulary import Vocabulary
from incident.shape import Reader, Use

_RECEIVED = re.compile(r"\breceived\s*\(([^)]*)\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file as read, before its names were looked at."""

    values: Mapping[str, Any]
    reader: Reader
    vocabulary: Vocabulary

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        return tuple(self.values["steps"])

    @property
    def data_names(self) -> frozenset[str]:
        """Parameters and vars: what an audience may read."""
        return frozenset(param.name for param in self.values["params"]) | frozenset(self.values["vars"])

    @property
    def step_types(self) -> dict[str, str]:
        """The type of every step that a name may point to, notices included."""
        return {f"notice.{name}": "announce" for name in NOTICES} | {
            step["id"]: step["type"] for step in reversed(self.steps)
        }

    @property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What each step waits for: as written, else the step above it."""
        needs: dict[str, tuple[str, ...]] = {}
        above: tuple[str, ...] = ()
        for step in self.steps:
            if step["id"] and step["id"] not in needs:
                needs[step["id"]] = above if step["needs"] is None else step["needs"]
                above = (step["id"],)
        return needs

    def uses(self, *kinds: str) -> Iterable[Use]:
        return (use for use in self.reader.uses if use.kind in kinds)

    def wrong(self, use: Use, code: str, message: str) -> None:
        self.reader.mistakes.append(Mistake(self.reader.file, use.line, use.column, code, message))

    def step_of(self, use: Use) -> str:
        """The id of the step in which a name is used; '' outside of the steps."""
        match = re.match(r"steps\[(\d+)\]", use.path)
        return str(self.steps[int(match[1])]["id"]) if match else ""


def repeated_ids(draft: Draft) -> None:
    """An id or a parameter's name stands for one thing."""
    for path, key, names in (
        ("steps", "id", [step["id"] for step in draft.steps]),
        ("params", "name", [param.name for param in draft.values["params"]]),
    ):
        seen: dict[str, int] = {}
        for index, name in enumerate(names):
            if name and name in seen:
                line = draft.reader.place(f"{path}[{seen[name]}]")[0]
                what = f"'{name}' stands twice (first on line {line}); give each its own {key}."
                draft.reader.wrong_at(f"{path}[{index}].{key}", f"duplicate_{key}", what)
            seen.setdefault(name, index)


_ASKED_FOR = re.compile(r"(?:update|resolved|correction)-\d+|.*\.holding")


def reserved_ids(draft: Draft) -> None:
    """`update-1`, `resolved-1` … are the names of the notices that staff send by hand."""
    for index, step in enumerate(draft.steps):
        if _ASKED_FOR.fullmatch(step["id"]):
            what = f"'{step['id']}' is the name of a notice that staff send by hand; choose another id."
            draft.reader.wrong_at(f"steps[{index}].id", "reserved_id", what)


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


def plain_names(draft: Draft) -> None:
    """Roles, whom to page, messages, channels and vars must exist."""
    roles, vocabulary = frozenset(draft.values["roles"]), draft.vocabulary
    known: Mapping[str, tuple[str, frozenset[str]]] = {
        "role": ("role", roles),
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
        _known_step(draft, use, id, wanted, types)


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
        if use.value in draft.vocabulary.needs_words and use.path.startswith(("steps[", "cadence.")):
            known = ", ".join(sorted(draft.vocabulary.messages - draft.vocabulary.needs_words))
            draft.wrong(
                use,
                "needs_words",
                f"'{use.value}' carries words that are typed when it is sent (incident update, incident correct); "
                f"a step can send: {known}.",
            )


def audiences(draft: Draft) -> None:
    """An audience parses, reads known names, and asks only for those who received an announcement before it."""
    types = draft.step_types
    for use in draft.uses("audience"):
        try:
            names = draft.vocabulary.audience(use.value)
        except ValueError as error:
            draft.wrong(use, "bad_audience", f"'{use.value}' is no audience: {str(error).rstrip('.')}.")
            continue
        _known_names(draft, use, names, draft.data_names)
        for call in _RECEIVED.finditer(use.value):
            for id in ("".join(quoted) for quoted in _QUOTED.findall(call[1])):
                if _known_step(draft, use, id, "announce", types):
                    _comes_before(draft, use, id, "is received")


def expressions(draft: Draft) -> None:
    """An expression reads known names only, and of the step it looks at only what that step has."""
    for use in draft.uses("expression", "inline"):
        compiled: Expression | Inline = use.value
        _known_names(draft, use, compiled.names, draft.vocabulary.names | draft.data_names)
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
    }
    if owner == "steps":
        if _known_step(draft, use, name, "", draft.step_types) and use.path.endswith(".when"):
            _comes_before(draft, use, name, "is looked at")
    elif owner in known and name not in known[owner]:
        draft.wrong(use, "unknown_name", f"{owner} has no '{name}'. {registry.nearest(name, known[owner])}")


def _known_answer(draft: Draft, use: Use, id: str, name: str) -> None:
    step = next((step for step in draft.steps if step["id"] == id), None)
    kind = draft.vocabulary.step_types.get(step["type"]) if step else None
    if step is None or kind is None or kind.answers is None:
        return
    known = {"state"} | kind.answers(step)
    if name not in known:
        draft.wrong(use, "unknown_answer", f"Step '{id}' has no '{name}'. {registry.nearest(name, known)}")


def _comes_before(draft: Draft, use: Use, id: str, verb: str) -> None:
    here = draft.step_of(use)
    if here and id in draft.needs and id not in reach.before(draft.needs)[here]:
        what = f"'{id}' {verb} here, but '{here}' does not wait for it; add it to 'needs' of '{here}'."
        if id == here:
            what = f"'{id}' cannot look at itself: it has not run yet; name a step before it."
        draft.wrong(use, "step_not_before", what)


def order(draft: Draft) -> None:
    """Every step can be reached: no circle in `needs`, nothing behind one, no `when` that never holds."""
    needs = draft.needs
    index = {step["id"]: index for index, step in reversed(list(enumerate(draft.steps)))}
    for circle in reach.circles(needs):
        way = " -> ".join((*circle, circle[0]))
        what = f"These steps wait for each other: {way}; remove one of the 'needs'."
        draft.reader.wrong_at(f"steps[{index[circle[0]]}].needs", "needs_circle", what)
    for id, cause in reach.behind_circles(needs).items():
        what = f"'{id}' can never start: it waits for '{cause}', which waits for itself."
        draft.reader.wrong_at(f"steps[{index[id]}].id", "unreachable_step", what)
    for use in draft.uses("expression"):
        if re.fullmatch(r"steps\[\d+\]\.when", use.path) and not use.value.names:
            _constant(draft, use)


def _constant(draft: Draft, use: Use) -> None:
    try:
        holds = use.value.holds({})
    except ExpressionError as error:
        draft.wrong(use, "bad_expression", sentence(error))
        return
    if not holds:
        what = f"'{draft.step_of(use)}' never runs: its 'when' is always false; correct it or remove the step."
        draft.wrong(use, "unreachable_step", what)


def clocks(draft: Draft) -> None:
    """A clock that is named exists; those that stand here make sense, and call somebody."""
    entries: Sequence[Mapping[str, Any]] = draft.values["clocks"]
    known = {*draft.vocabulary.clocks, *(entry["id"] for entry in entries if "id" in entry)}
    for use in draft.uses("clock"):
        if use.value not in known:
            near = registry.nearest(use.value, known)
            draft.wrong(use, "unknown_clock", f"There is no clock '{use.value}'. {near}")
    names = draft.vocabulary.names | draft.data_names
    for path, code, what in clock_checks.mistakes(entries, draft.vocabulary, draft.values["roles"], names):
        draft.reader.wrong_at(path, code, what)


def timeouts(draft: Draft) -> None:
    """`on_timeout` without a timeout waits for ever, whatever it says."""
    inherited = draft.values["defaults"].timeout
    for index, step in enumerate(draft.steps):
        at = f"steps[{index}].on_timeout"
        if at in draft.reader.places and not (step["timeout"] or inherited):
            draft.reader.wrong_at(
                at, "never_times_out", "'on_timeout' never happens without 'timeout'; add e.g. timeout: 10m."
            )


def step_sense(draft: Draft) -> None:
    """What a step's type says about its fields together."""
    for index, step in enumerate(draft.steps):
        kind = draft.vocabulary.step_types.get(step["type"])
        problem = kind.check(step) if kind and kind.check else ""
        if problem:
            draft.reader.wrong_at(f"steps[{index}].type", "bad_step", problem)


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
    sending_checks.check(draft.values, draft.vocabulary.posts, draft.reader.wrong_at)


CHECKS: tuple[Callable[[Draft], None], ...] = (
    repeated_ids,
    reserved_ids,
    taken_names,
    plain_names,
    step_names,
    wordless,
    audiences,
    expressions,
    order,
    clocks,
    timeouts,
    step_sense,
    locales,
    sending,
)
