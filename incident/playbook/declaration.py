"""Declarations of parameters and of answers to questions: read, and checked to agree with themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from incident.playbook.model import PARAM_TYPES, Param
from incident.playbook.params import MASK, TYPE_WORDS, value_of
from incident.shape import Boolean, Choice, Field, ListOf, Reader, Section, Text
from incident.yamlfile import Node

_NAME = "[a-z][a-z0-9_]*"
_RESERVED = frozenset({"true", "false", "none", "and", "or", "not", "in", "is", "if", "else"})


@dataclass(frozen=True, slots=True)
class NameShape:
    """A name that expressions can read: `est_affected_users`."""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        name = Text(hint=self.words()).read(node, path, reader)
        if node.kind == "text" and name and (not re.fullmatch(_NAME, name) or name in _RESERVED):
            reader.wrong(node, "bad_name", f"'{name}' is not {self.words()}.")
        return name

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_NAME}$"}

    def words(self) -> str:
        return "a name (lower-case letters, digits and _, not a word of the expression language)"


@dataclass(frozen=True, slots=True)
class NumberShape:
    """A whole or decimal number -> int or float."""

    def read(self, node: Node, path: str, reader: Reader) -> float | None:
        if node.kind in ("integer", "number"):
            return float(node.value) if node.kind == "number" else int(node.value)
        reader.wrong(node, "wrong_type", f"Expected {self.words()}.")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "number"}

    def words(self) -> str:
        return "a number"


@dataclass(frozen=True, slots=True)
class _Unread:
    """Any value, left where it stands until the declaration's type is known -> Node."""

    def read(self, node: Node, path: str, reader: Reader) -> Node:
        return node

    def schema(self) -> dict[str, Any]:
        return {}

    def words(self) -> str:
        return "a value of that type"


_FIELDS = {
    "type": Field(shape=Choice(PARAM_TYPES), default="string", help="What kind of value it is."),
    "required": Field(shape=Boolean(), default=False, help="Refuse to go on without it."),
    "default": Field(shape=_Unread(), help="Its value when none is given."),
    "enum": Field(shape=ListOf(item=_Unread(), least=1), default=(), help="The only values allowed."),
    "min": Field(shape=NumberShape(), help="The smallest value allowed (integer, number)."),
    "max": Field(shape=NumberShape(), help="The largest value allowed (integer, number)."),
    "pattern": Field(shape=Text(hint="a regular expression"), default="", help="What the whole text must match."),
    "secret": Field(shape=Boolean(), default=False, help="Never show its value."),
    "help": Field(shape=Text(), default="", help="A sentence for whoever must give it."),
}
_NAMED = {"name": Field(shape=NameShape(), required=True, default="", help="Its name in expressions."), **_FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationShape:
    """One declaration -> Param. With `named`, it carries its name; else the key above it is the name:
    `MapOf(key=NameShape(), value=DeclarationShape())` are the fields of a question."""

    named: bool = False
    section: Section = field(init=False, repr=False)

    def __post_init__(self) -> None:
        section = Section(fields=_NAMED if self.named else _FIELDS, name="a declaration: a mapping")
        object.__setattr__(self, "section", section)

    def read(self, node: Node, path: str, reader: Reader) -> Param:
        values = {"name": path.rpartition(".")[2], **self.section.read(node, path, reader)}
        bare = Param(**{**values, "default": None, "enum": ()})
        before = len(reader.mistakes)
        _check_bounds(bare, path, reader)
        if len(reader.mistakes) > before:
            return bare
        allowed = [_declared(bare, raw, "An allowed value", "bad_enum", reader) for raw in values["enum"]]
        listed = replace(bare, enum=tuple(value for value in allowed if value is not None))
        default: Node | None = values["default"]
        if default is None:
            return listed
        return replace(listed, default=_declared(listed, default, "The default", "bad_default", reader))

    def schema(self) -> dict[str, Any]:
        return self.section.schema()

    def words(self) -> str:
        return "a declaration"


def _check_bounds(param: Param, path: str, reader: Reader) -> None:
    """Bounds belong to numbers, patterns to texts; the smallest is not above the largest; a pattern compiles."""
    numeric, textual = param.type in ("integer", "number"), param.type in ("string", "text", "list")
    if not numeric and (param.min is not None or param.max is not None):
        key = "min" if param.min is not None else "max"
        reader.wrong_at(f"{path}.{key}", "bad_bound", f"'{key}' is for integer and number, not for {param.type}.")
    elif param.min is not None and param.max is not None and param.min > param.max:
        reader.wrong_at(f"{path}.min", "bad_bound", f"min {param.min:g} is above max {param.max:g}; exchange them.")
    if param.pattern and not textual:
        reader.wrong_at(f"{path}.pattern", "bad_pattern", f"'pattern' is for string, text and list, not {param.type}.")
    elif param.pattern:
        try:
            re.compile(param.pattern)
        except (re.error, RecursionError, OverflowError) as error:
            reader.wrong_at(f"{path}.pattern", "bad_pattern", f"'{param.pattern}' is no regular expression: {error}.")


def _declared(param: Param, node: Node, what: str, code: str, reader: Reader) -> Any:
    """The typed value of `node`. Unlike what a person types, a number in quotes is none here, nor text without."""
    if code == "bad_enum" and param.type == "list":
        param = replace(param, type="string")
    try:
        if node.kind in ("integer", "number", "boolean") and param.type not in (node.kind, "number"):
            raise ValueError(f"must be {TYPE_WORDS[param.type]}, not {_shown(param, node)}; quote it.")
        value = value_of(param, node.plain())
        if node.kind == "text" and param.type in ("integer", "number", "boolean"):
            raise ValueError(
                f"must be {TYPE_WORDS[param.type]}, not the text {_shown(param, node)}; remove the quotes."
            )
    except ValueError as error:
        reader.wrong(node, code, f"{what} of '{param.name}' {error}")
        return None
    return value


def _shown(param: Param, node: Node) -> str:
    return MASK if param.secret else f"'{node.raw}'" if node.kind == "text" else node.raw
