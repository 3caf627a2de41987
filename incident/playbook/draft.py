"""A file as read, before its names were looked at: where each step stands, what it waits for, what it may read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from incident.errors import Mistake
from incident.playbook import reach
from incident.playbook.model import HANDLERS, NOTICES, Playbook
from incident.playbook.vocabulary import StepType, Vocabulary
from incident.shape import Reader, Use

_LIST = re.compile(r"(.*)\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A step and where it stands: its path in the file, and the steps it stands in, outermost first."""

    path: str
    values: Mapping[str, Any]
    inside: tuple[Placed, ...] = ()

    @property
    def id(self) -> str:
        return str(self.values["id"])

    @property
    def list(self) -> str:
        """The path of the list it stands in: `steps`, `steps[2].steps`, `finally`."""
        match = _LIST.fullmatch(self.path)
        return match[1] if match else self.path

    @property
    def part(self) -> str:
        """Which part of the file it belongs to: `steps`, `finally`, `handlers.failed`."""
        return self.path.partition("[")[0]

    @property
    def around(self) -> tuple[Placed, ...]:
        """The steps it stands in, and itself."""
        return (*self.inside, self)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file as read. `called` are the playbooks that it calls, by name, as far as they are without mistakes."""

    values: Mapping[str, Any]
    reader: Reader
    vocabulary: Vocabulary
    called: Mapping[str, Playbook]

    @property
    def data_names(self) -> frozenset[str]:
        """Parameters and vars: what an audience may read."""
        return frozenset(param.name for param in self.values["params"]) | frozenset(self.values["vars"])

    @cached_property
    def steps(self) -> tuple[Placed, ...]:
        """Every step of the file, inner ones after the one they stand in."""
        parts = {
            "steps": self.values["steps"],
            "finally": self.values["finally"],
            **{f"handlers.{name}": (self.values["handlers"] or {}).get(name, ()) for name in HANDLERS},
        }
        return tuple(placed for path, steps in parts.items() for placed in _placed(steps, path, ()))

    @cached_property
    def undos(self) -> tuple[Placed, ...]:
        """The undo of each step that has one."""
        return tuple(
            Placed(path=f"{one.path}.undo", values=one.values["undo"], inside=one.around)
            for one in self.steps
            if one.values.get("undo")
        )

    @cached_property
    def by_id(self) -> dict[str, Placed]:
        """The step of each id; the first one where an id stands twice."""
        return {one.id: one for one in reversed(self.steps) if one.id}

    @cached_property
    def _by_path(self) -> dict[str, Placed]:
        return {one.path: one for one in (*self.steps, *self.undos)}

    def kind(self, step: Mapping[str, Any]) -> StepType | None:
        return self.vocabulary.step_types.get(step["type"])

    @property
    def step_types(self) -> dict[str, str]:
        """The type of every step that a name may point to, notices included."""
        return {f"notice.{name}": "announce" for name in NOTICES} | {
            id: str(placed.values["type"]) for id, placed in self.by_id.items()
        }

    @cached_property
    def lists(self) -> dict[str, tuple[Placed, ...]]:
        """The steps that stand beside each other, by the path of their list."""
        found: dict[str, tuple[Placed, ...]] = {}
        for one in self.steps:
            found[one.list] = (*found.get(one.list, ()), one)
        return found

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What each step waits for beside it: as written, else the step above it where steps stand in order."""
        needs: dict[str, tuple[str, ...]] = {}
        for steps in self.lists.values():
            above: tuple[str, ...] = ()
            in_order = self._in_order(steps[0])
            for one in steps:
                if one.id and one.id not in needs:
                    needs[one.id] = one.values["needs"] if one.values["needs"] is not None else above
                    above = (one.id,) if in_order else ()
        return needs

    def _in_order(self, step: Placed) -> bool:
        if not step.inside:
            return step.part == "steps"
        around = self.kind(step.inside[-1].values)
        return around is None or around.nests != "side-by-side"

    @cached_property
    def before(self) -> dict[str, frozenset[str]]:
        """For each step, every step that is over when it begins, those inside others and those around too."""
        whole: dict[str, tuple[str, ...]] = {}
        inner: dict[str, list[str]] = {}
        for one in self.steps:
            for outer in one.inside:
                inner.setdefault(outer.id, []).append(one.id)
        main = tuple(one.id for one in self.steps if one.part == "steps")
        for one in self.steps:
            own = [need for outer in one.around for need in self.needs.get(outer.id, ())]
            first = main if one.part == "finally" else ()
            whole[one.id] = (*own, *(deep for need in own for deep in inner.get(need, ())), *first)
        return reach.before(whole)

    def locals(self, path: str) -> frozenset[str]:
        """Names that are known only inside of a step: the value that it is done for, the turn of a repetition, what it
        brings."""
        step = self.step_at(path)
        if step is None:
            return frozenset()
        found: set[str] = set()
        for outer in step.around:
            each, kind = outer.values.get("for_each"), self.kind(outer.values)
            own = outer is step and path.startswith((f"{step.path}.for_each", f"{step.path}.needs"))
            if each is not None and not own:
                found |= {each.name, "turn"}
            if kind is not None and kind.nests == "turns":
                found.add("turn")
        if path.startswith(f"{step.path}.outputs."):
            found.add("result")
        return frozenset(found)

    def step_at(self, path: str) -> Placed | None:
        """The innermost step in which something stands; None outside of the steps."""
        while path:
            if path in self._by_path:
                return self._by_path[path]
            path = re.sub(r"(?:^|\.)[^.\[]+$|\[[^\]]*\]$", "", path)
        return None

    def uses(self, *kinds: str) -> Iterable[Use]:
        return (use for use in self.reader.uses if use.kind in kinds)

    def wrong(self, use: Use, code: str, message: str) -> None:
        self.reader.mistakes.append(Mistake(self.reader.file, use.line, use.column, code, message))


def _placed(steps: Sequence[Mapping[str, Any]], path: str, inside: tuple[Placed, ...]) -> Iterator[Placed]:
    for index, values in enumerate(steps):
        one = Placed(path=f"{path}[{index}]", values=values, inside=inside)
        yield one
        yield from _placed(values.get("steps") or (), f"{one.path}.steps", one.around)
