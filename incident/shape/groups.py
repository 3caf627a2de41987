"""Shapes that hold others: lists, mappings, sections with known keys, text per locale."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incident import registry
from incident.errors import Mistake
from incident.shape.reader import Reader, Refusing, Shape
from incident.shape.scalars import Locale, Slug, Text
from incident.yamlfile import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Refusing):
    """A list -> tuple. With `single`, one value may stand for a list of one."""

    item: Shape
    single: bool = False
    least: int = 0

    def read(self, node: Node, path: str, reader: Reader) -> tuple[Any, ...]:
        if node.kind != "list":
            if self.single and node.kind != "null":
                return (self.item.read(node, path, reader),)
            self._refuse(node, reader)
            return ()
        if len(node.value) < self.least:
            reader.wrong(node, "too_few", f"At least {self.least} must be given here.")
        values = []
        for index, child in enumerate(node.value):
            at = f"{path}[{index}]"
            reader.places[at] = (child.line, child.column)
            values.append(self.item.read(child, at, reader))
        return tuple(values)

    def schema(self) -> dict[str, Any]:
        many = {"type": "array", "items": self.item.schema(), **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [self.item.schema(), many]} if self.single else many

    def words(self) -> str:
        return f"a list of: {self.item.words()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Refusing):
    """A mapping whose keys are chosen by the writer -> dict. `key` reads each key as a value of its own."""

    value: Shape
    key: Shape = field(default_factory=Slug)

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, Any]:
        if node.kind != "map":
            self._refuse(node, reader)
            return {}
        values = {}
        for name, child in node.value.items():
            line, column = node.keys[name]
            at = f"{path}.{name}"
            reader.places[at] = (line, column)
            self.key.read(Node(kind="text", value=name, line=line, column=column, raw=name), at, reader)
            values[name] = self.value.read(child, at, reader)
        return values

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "propertyNames": self.key.schema(), "additionalProperties": self.value.schema()}

    def words(self) -> str:
        return f"a mapping to: {self.value.words()}"


class LocalText(Refusing):
    """A text, or a text per locale -> dict of locale to text; plain text stands under the empty locale."""

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, str]:
        if node.kind == "map":
            return MapOf(value=Text(), key=Locale()).read(node, path, reader)
        return {"": Text(hint=self.words()).read(node, path, reader)}

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, MapOf(value=Text(), key=Locale()).schema()]}

    def words(self) -> str:
        return "text, or text per locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key of a section. `help` is the sentence that stands in the reference and in `incident init`'s file."""

    shape: Shape
    help: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Refusing):
    """A mapping with known keys -> `into(**values)` (by default a dict). Unknown keys are mistakes."""

    fields: Mapping[str, Field]
    into: Callable[..., Any] = dict
    name: str = "a mapping"

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        if node.kind != "map":
            self._refuse(node, reader)
            return self.into(**{name: declared.default for name, declared in self.fields.items()})
        for name in node.value:
            reader.places[_join(path, name)] = node.keys[name]
            if name not in self.fields:
                line, column = node.keys[name]
                known = registry.nearest(name, self.fields)
                reader.mistakes.append(
                    Mistake(reader.file, line, column, "unknown_field", f"'{name}' is not known here. {known}")
                )
        return self.into(**{name: self._field(name, node, path, reader) for name in self.fields})

    def _field(self, name: str, node: Node, path: str, reader: Reader) -> Any:
        declared = self.fields[name]
        if name in node.value:
            child = node.value[name]
            if child.kind == "null" and not declared.required:
                return declared.default
            before = len(reader.mistakes)
            value = declared.shape.read(child, _join(path, name), reader)
            if len(reader.mistakes) > before:
                reader.misread.add(_join(path, name))
            return value
        if declared.required:
            reader.wrong(node, "missing_field", f"'{name}' is missing here: {declared.shape.words()}.")
        return declared.default

    def schema(self) -> dict[str, Any]:
        properties = {
            name: {**declared.shape.schema(), "description": declared.help} for name, declared in self.fields.items()
        }
        required = [name for name, declared in self.fields.items() if declared.required]
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
            **({"required": required} if required else {}),
        }

    def words(self) -> str:
        return self.name


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def choose(texts: Mapping[str, str], locales: Sequence[str]) -> str:
    """The text of a `LocalText` for the first of `locales` that has one, else any: something beats silence."""
    for locale in locales:
        if locale in texts:
            return texts[locale]
    return next(iter(texts.values()), "")


def reference(section: Section, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """(path, kind, required or default, help) of each field and the fields below it; for docs/."""
    for name, declared in section.fields.items():
        at = _join(path, name)
        default = "" if declared.default in (None, (), {}) else str(declared.default)
        default = "required" if declared.required else default
        yield at, declared.shape.words(), default, declared.help
        inner: Any = declared.shape
        while isinstance(inner, ListOf | MapOf):
            at += "[]" if isinstance(inner, ListOf) else ".<name>"
            inner = inner.item if isinstance(inner, ListOf) else inner.value
        if isinstance(inner, Section):
            yield from reference(inner, at)
