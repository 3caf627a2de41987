"""A step as it stands in a file: the fields of every step, those of its type, and the steps inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from incident import registry
from incident.playbook.step_fields import STEP
from incident.playbook.vocabulary import StepType
from incident.shape import Field, ListOf, Reader, Section
from incident.yamlfile import Node

RESERVED = ("finally", "handlers", "undo")
"""Words of keys; no step may be called so."""

STEPS_HELP = "The steps inside it."
UNDO_HELP = (
    "A step that undoes it, of the same type unless it says otherwise. When the run is aborted, what was done is "
    "undone in the reverse order."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSection:
    """One step -> its values as a dict (with `line`, its type's fields among them); which fields depends on `type`."""

    types: Mapping[str, StepType]

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, Any]:
        kind = self._type(node, reader)
        if node.kind != "map" or kind is not None:
            fields = self.fields(kind)
            return {"line": node.line, **Section(fields=fields, name="a step: a mapping").read(node, path, reader)}
        known = {name: child for name, child in node.value.items() if name in STEP}
        common = Node(kind="map", value=known, line=node.line, column=node.column, keys=node.keys)
        return {"line": node.line, **Section(fields=STEP).read(common, path, reader)}

    def fields(self, kind: StepType | None) -> dict[str, Field]:
        """Every field that a step of this type may have."""
        inner = {"undo": Field(shape=UndoShape(steps=self, type=kind), help=UNDO_HELP)}
        if kind is not None and kind.nests in ("in-order", "side-by-side", "turns"):
            inner["steps"] = Field(shape=ListOf(item=self, least=1), required=True, default=(), help=STEPS_HELP)
        return {**STEP, **(kind.fields if kind else {}), **inner}

    def _type(self, node: Node, reader: Reader) -> StepType | None:
        """The step's type. An unknown one is told here; a missing one by the section."""
        named = node.value.get("type") if node.kind == "map" else None
        if named is None or named.kind != "text":
            return None
        if named.value not in self.types:
            near, known = registry.nearest(named.value, self.types), f"Known: {', '.join(sorted(self.types))}."
            hint = near if near == known else f"{near} {known}"
            reader.wrong(named, "unknown_step_type", f"There is no step type '{named.value}'. {hint}")
        return self.types.get(named.value)

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/step"}

    def definitions(self) -> dict[str, Any]:
        """What `schema` and the schema of `undo` refer to: steps stand inside steps."""
        return {
            "step": {
                "type": "object",
                "required": ["id", "type"],
                "properties": {"type": {"enum": sorted(self.types)}},
                "allOf": [self._branch(name, kind) for name, kind in sorted(self.types.items())],
            },
            "undo": {"type": "object", "properties": {"type": {"enum": sorted(_undoing(self.types))}}},
        }

    def _branch(self, name: str, kind: StepType) -> dict[str, Any]:
        whole = Section(fields=self.fields(kind)).schema()
        whole["properties"]["type"] = {"const": name, "description": kind.help}
        return {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": whole}

    def words(self) -> str:
        return "a step"


def _undoing(types: Mapping[str, StepType]) -> set[str]:
    """Types that can undo: work that is done when nobody is told or asked any more."""
    return {name for name, kind in types.items() if kind.afterwards and not kind.nests}


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoShape:
    """`undo: {argv: […]}` -> the values of a step whose id is `undo`; its type is that of the step it undoes."""

    steps: StepSection
    type: StepType | None

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, Any] | None:
        if node.kind != "map":
            reader.wrong(node, "wrong_type", f"Expected {self.words()}.")
            return None
        own = next((name for name, kind in self.steps.types.items() if kind is self.type), "")
        named = node.value.get("type")
        type_name = str(named.value) if named is not None else own
        if type_name in self.steps.types and type_name not in _undoing(self.steps.types):
            able = ", ".join(sorted(_undoing(self.steps.types)))
            what = f"A step of type {type_name} undoes nothing; say type: with one of {able}."
            reader.wrong(named or node, "cannot_undo", what)
            return None
        if type_name not in self.steps.types and named is None:
            return None  # the step's own type is unknown: that was told
        whole = {"id": _text(node, "undo"), "type": _text(node, type_name), **_without_id(node, reader)}
        here = (node.line, node.column)
        return self.steps.read(replace(node, value=whole, keys={"id": here, "type": here, **node.keys}), path, reader)

    def schema(self) -> dict[str, Any]:
        return {"$ref": "#/$defs/undo"}

    def words(self) -> str:
        return "a step without an id"


def _text(node: Node, value: str) -> Node:
    return Node(kind="text", value=value, line=node.line, column=node.column, raw=value)


def _without_id(node: Node, reader: Reader) -> dict[str, Node]:
    for name in ("id", "needs", "undo", "for_each"):
        if name in node.value:
            line, column = node.keys[name]
            at = Node(kind="null", value=None, line=line, column=column)
            reader.wrong(at, "unknown_field", f"'{name}' has no meaning in an 'undo'; remove it.")
    return {name: child for name, child in node.value.items() if name not in ("id", "needs", "undo", "for_each")}
