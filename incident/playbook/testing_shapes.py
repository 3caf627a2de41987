"""Shapes of the values that only a playbook's tests have: steps by name, replies, what may be written short."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from incident.playbook.shapes import ClockShape, RoleShape
from incident.playbook.testing import Reply
from incident.shape import Duration, Field, ListOf, MapOf, Reader, Section, Text, Use
from incident.shape.scalars import Anything
from incident.yamlfile import Node

NEVER = "never"
ANSWERED = ("announce", "approve", "ask", "correct", "page", "task")
"""Types of steps that wait for people."""
SPEAKING = ("announce", "correct")


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyStepShape:
    """A step by its id -> str. One of a called playbook by the ids of both: `do-failover.drain`. `of` are the types
    that are meant (empty: any)."""

    of: tuple[str, ...] = ()
    outward: bool = False

    def read(self, node: Node, path: str, reader: Reader) -> str:
        name = Text(hint=self.words()).read(node, path, reader)
        if node.kind == "text" and name:
            value = (name, self.of, self.outward)
            reader.uses.append(Use(kind="any_step", value=value, path=path, line=node.line, column=node.column))
        return name

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def words(self) -> str:
        if self.outward:
            return "the id of a step that acts outside of this program"
        return f"the id of a step{' of type ' + either(self.of) if self.of else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A section that may be written as the value of its most important key alone -> what the section gives."""

    section: Section
    key: str

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        if node.kind in ("map", "null", "list"):
            return self.section.read(node, path, reader)
        place = (node.line, node.column)
        return self.section.read(
            replace(node, kind="map", value={self.key: node}, keys={self.key: place}), path, reader
        )

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.section.fields[self.key].shape.schema(), self.section.schema()]}

    def words(self) -> str:
        return f"{self.section.fields[self.key].shape.words()}, or a mapping with {', '.join(self.section.fields)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrNever:
    """What `short` reads, or the word never -> what `never` makes."""

    short: Short
    never: Callable[[], Any]

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        if node.kind == "text" and node.value == NEVER:
            return self.never()
        return self.short.read(node, path, reader)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"const": NEVER}, self.short.schema()]}

    def words(self) -> str:
        return f"never, {self.short.words()}"


_BY = Field(
    shape=ListOf(item=Text(hint="a person's name"), single=True),
    default=(),
    help="By whom; somebody who may, when left out. Any names will do: tests know nobody.",
)
_VALUES = Field(shape=MapOf(value=Anything(), key=Text()), default={}, help="The answer: fields, or choice.")
REPLY = Section(
    fields={
        "after": Field(shape=Duration(), default=Reply().after, help="So long after it began to wait."),
        "by": _BY,
        "values": _VALUES,
        "reject": Field(shape=Text(), default="", help="A gate is refused, for this reason."),
    },
    into=Reply,
    name="a reply: a mapping",
)


def step_act(of: tuple[str, ...] = (), **more: Field) -> Short:
    """Something that is done about a step: its id alone, or with by whom (and more)."""
    step = Field(shape=AnyStepShape(of=of), required=True, default="", help="The step.")
    return Short(
        section=Section(fields={"step": step, "by": _BY, **more}, name="a step, or a mapping with step and by"),
        key="step",
    )


def role_act() -> Section:
    """Somebody takes a role."""
    role = Field(shape=RoleShape(), required=True, default="", help="The role.")
    by = Field(shape=Text(hint="a person's name"), required=True, default="", help="Who takes it.")
    return Section(fields={"role": role, "by": by}, name="a role and who takes it: a mapping")


VALUES: Mapping[str, Field] = {"values": _VALUES}
REASON: Mapping[str, Field] = {"reason": Field(shape=Text(), default="no", help="Why.")}
CLOCKS = ListOf(item=ClockShape(), single=True)
