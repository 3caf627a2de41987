"""What a YAML value may be, declared once: the declaration reads it strictly, tells every mistake at its place,
prints itself as JSON Schema for editors, and as a table for the documentation.

A shape never raises: it adds `Mistake`s to the reader and returns the best value it can, so that a file's other
mistakes are found in the same pass. Who reads a whole file raises once, at the end, when the list is not empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from incident import registry
from incident.errors import Mistake
from incident.ident import is_slug
from incident.now import parse_duration
from incident.yamlfile import Node

_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A name (or something that holds names) used in a file, noted for a check once the whole file was read."""

    kind: str
    value: Any
    path: str
    line: int
    column: int


class Reader:
    """Collects the mistakes of one file, the uses of names, and each value's place by its path (`steps[0].when`)."""

    def __init__(self, file: str, mistakes: list[Mistake] | None = None) -> None:
        self.file = file
        self.mistakes: list[Mistake] = [] if mistakes is None else mistakes
        self.places: dict[str, tuple[int, int]] = {}
        self.uses: list[Use] = []

    def wrong(self, node: Node, code: str, message: str) -> None:
        self.mistakes.append(Mistake(self.file, node.line, node.column, code, message))

    def wrong_at(self, path: str, code: str, message: str) -> None:
        """A mistake found after reading (an unknown name, say), told where the value at `path` stands."""
        line, column = self.place(path)
        self.mistakes.append(Mistake(self.file, line, column, code, message))

    def place(self, path: str) -> tuple[int, int]:
        """(line, column) of the value at `path`, or of the nearest thing around it."""
        while path not in self.places and path:
            path = re.sub(r"(?:^|\.)[^.\[]+$|\[[^\]]*\]$", "", path)
        return self.places.get(path, (1, 1))


class Shape(Protocol):
    """One kind of value."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        """The value, or the shape's empty value after telling a mistake."""

    def schema(self) -> dict[str, Any]:
        """As JSON Schema (2020-12)."""

    def words(self) -> str:
        """The kind in a few words, for the reference and for sentences: `a duration (5m, 2h)`."""


def _kind_words(node: Node) -> str:
    if node.kind in ("map", "list"):
        return "a mapping" if node.kind == "map" else "a list"
    return "nothing" if node.kind == "null" else f"'{node.raw}'"


class _Base:
    """Not a dataclass, like each shape without fields: making one costs most of a millisecond of every start."""

    __slots__ = ()

    def _refuse(self, node: Node, reader: Reader) -> None:
        reader.wrong(node, "wrong_type", f"Expected {self.words()}, found {_kind_words(node)}.")

    def words(self) -> str:
        raise AssertionError  # each shape says its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Base):
    """Text. A bare number is refused: `1.10` would have become 1.1 on the way."""

    pattern: str = ""
    hint: str = "text"
    longest: int = 0

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind in ("integer", "number", "boolean"):
            reader.wrong(node, "wrong_type", f"Expected {self.words()}, found {node.raw}; quote it: '{node.raw}'.")
            return str(node.raw)
        if node.kind != "text" or not node.value.strip():
            self._refuse(node, reader)
            return ""
        value = str(node.value)
        if self.pattern and not re.fullmatch(self.pattern, value):
            reader.wrong(node, "bad_text", f"'{value}' is not {self.words()}.")
        if self.longest and len(value) > self.longest:
            reader.wrong(node, "too_long", f"{len(value)} characters; at most {self.longest} are allowed here.")
        return value

    def schema(self) -> dict[str, Any]:
        extra = {"pattern": f"^(?:{self.pattern})$"} if self.pattern else {}
        return {"type": "string", **extra}

    def words(self) -> str:
        return self.hint


class Slug(_Base):
    """Lower-case words joined by hyphens: durable ids."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind != "text":
            self._refuse(node, reader)
            return str(node.raw)
        if not is_slug(node.value):
            hint = "use lower-case words with hyphens: first-notice"
            reader.wrong(node, "bad_id", f"'{node.value}' is not an id; {hint}.")
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"}

    def words(self) -> str:
        return "an id (lower-case words with hyphens)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer(_Base):
    least: int | None = None
    most: int | None = None

    def read(self, node: Node, path: str, reader: Reader) -> int:
        if node.kind != "integer":
            self._refuse(node, reader)
            return self.least or 0
        value = int(node.value)
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            reader.wrong(node, "out_of_range", f"{value} is not {self.words()}.")
        return value

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer", **{key: value for key, value in bounds.items() if value is not None}}

    def words(self) -> str:
        if self.least is not None and self.most is not None:
            return f"a whole number from {self.least} to {self.most}"
        return "a whole number" + (f" of {self.least} or more" if self.least is not None else "")


class Boolean(_Base):
    def read(self, node: Node, path: str, reader: Reader) -> bool:
        if node.kind != "boolean":
            self._refuse(node, reader)
            return False
        return bool(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def words(self) -> str:
        return "true or false"


class Duration(_Base):
    """`5m`, `2h`, `1h30m` -> timedelta. A leading plus (`+20m`: from then on) is allowed and changes nothing."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        from datetime import timedelta

        if node.kind != "text":
            self._refuse(node, reader)
            return timedelta(0)
        try:
            return parse_duration(node.value.removeprefix("+"))
        except ValueError:
            self._refuse(node, reader)
            return timedelta(0)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^\\+?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$", "minLength": 2}

    def words(self) -> str:
        return "a duration such as 90s, 5m, 2h or 3d"


class Day(_Base):
    """A quoted ISO date -> date."""

    def read(self, node: Node, path: str, reader: Reader) -> date | None:
        try:
            return date.fromisoformat(node.value if node.kind == "text" else "")
        except ValueError:
            self._refuse(node, reader)
            return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def words(self) -> str:
        return "a quoted date such as '2026-12-31'"


class Locale(_Base):
    """A CLDR / BCP 47 language tag: `en`, `zh-Hans`, `pt-BR`."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind != "text" or not _LOCALE.fullmatch(node.value):
            self._refuse(node, reader)
            return ""
        return str(node.value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_LOCALE.pattern}$"}

    def words(self) -> str:
        return "a locale such as en or zh-Hans"


@dataclass(frozen=True, slots=True)
class Choice(_Base):
    """One of a closed list of words."""

    known: tuple[str, ...]

    def read(self, node: Node, path: str, reader: Reader) -> str:
        if node.kind == "text" and node.value in self.known:
            return str(node.value)
        if node.kind == "text":
            reader.wrong(
                node, "unknown_value", f"'{node.value}' is not allowed here. {registry.nearest(node.value, self.known)}"
            )
        else:
            self._refuse(node, reader)
        return self.known[0]

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.known)}

    def words(self) -> str:
        return "one of " + ", ".join(self.known)


class Anything(_Base):
    """Any plain value: a parameter's default, a constant."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        return node.plain()

    def schema(self) -> dict[str, Any]:
        return {}

    def words(self) -> str:
        return "any value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(_Base):
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
class MapOf(_Base):
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


class LocalText(_Base):
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
class Section(_Base):
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
            return declared.shape.read(child, _join(path, name), reader)
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
