"""What a segment says, as data: a small closed tree that has one evaluator and one translation to SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Column = Literal["id", "locale", "region", "segment"]
COLUMNS: tuple[Column, ...] = ("id", "locale", "region", "segment")
"""What can be compared. `segment` holds many words: `==` and `in` ask whether one of them is meant."""


class SegmentError(ValueError):
    """A segment that cannot be understood or has no value for a parameter. `column` counts from 1; 0 is the whole."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"{message} (at column {column})" if column else message)
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter, whose value comes later."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Constant:
    """`everyone` or `nobody`."""

    value: bool

    def __str__(self) -> str:
        return "everyone" if self.value else "nobody"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a column has (one of) the values. A `Name` in a list that is alone may stand for many values."""

    column: Column
    values: tuple[str | Name, ...]
    many: bool
    negated: bool = False

    def __str__(self) -> str:
        if not self.many:
            return f"{self.column} {'!=' if self.negated else '=='} {_value(self.values[0])}"
        alone = len(self.values) == 1 and isinstance(self.values[0], Name)
        right = str(self.values[0]) if alone else f"({', '.join(map(_value, self.values))})"
        return f"{self.column} {'not in' if self.negated else 'in'} {right}"


@dataclass(frozen=True, slots=True)
class Has:
    """Whether there is an address."""

    column: Literal["email", "phone", "push"]

    def __str__(self) -> str:
        return f"has({self.column})"


@dataclass(frozen=True, slots=True)
class Empty:
    """Whether a parameter was left empty. The same for everybody: `region in regions or empty(regions)` means those of
    the regions, and everyone while no region is known."""

    parameter: Name

    def __str__(self) -> str:
        return f"empty({self.parameter})"


@dataclass(frozen=True, slots=True)
class Call:
    """A question to a source outside this package: `received('first-notice')`."""

    source: str
    args: tuple[str | Name, ...]

    def __str__(self) -> str:
        return f"{self.source}({', '.join(map(_value, self.args))})"


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def __str__(self) -> str:
        return f"not {_inner(self.part)}"


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold (`and`)."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(map(_inner, self.parts))


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds (`or`)."""

    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(map(_inner, self.parts))


Condition = Constant | Comparison | Has | Empty | Call | Not | Every | Either


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and every condition in it, from left to right."""
    yield condition
    if isinstance(condition, Not):
        yield from walk(condition.part)
    elif isinstance(condition, Every | Either):
        for part in condition.parts:
            yield from walk(part)


def names(condition: Condition) -> frozenset[str]:
    """The parameters that it reads."""
    return frozenset(value.name for value in _values(condition) if isinstance(value, Name))


def with_values(condition: Condition, given: Mapping[str, tuple[str, ...]]) -> Condition:
    """The condition with every parameter's values in its place. Raises SegmentError for one that is missing."""
    if isinstance(condition, Not):
        return Not(with_values(condition.part, given))
    if isinstance(condition, Every | Either):
        return replace(condition, parts=tuple(with_values(part, given) for part in condition.parts))
    if isinstance(condition, Comparison):
        values = tuple(dict.fromkeys(_expand(condition.values, given)))
        if not condition.many and len(values) != 1:
            raise SegmentError(f"'{condition}' compares with one value, but {len(values)} are given; write: in")
        return replace(condition, values=values)
    if isinstance(condition, Call):
        return replace(condition, args=tuple(_expand(condition.args, given)))
    if isinstance(condition, Empty):
        return Constant(not any(_expand((condition.parameter,), given)))
    return condition


def _values(condition: Condition) -> Iterator[str | Name]:
    for part in walk(condition):
        if isinstance(part, Comparison):
            yield from part.values
        elif isinstance(part, Call):
            yield from part.args
        elif isinstance(part, Empty):
            yield part.parameter


def _expand(values: tuple[str | Name, ...], given: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif value.name in given:
            yield from given[value.name]
        else:
            raise SegmentError(f"the parameter '{value.name}' has no value")


def _value(value: str | Name) -> str:
    return value.name if isinstance(value, Name) else "'" + value.replace("'", "''") + "'"


def _inner(part: Condition) -> str:
    return f"({part})" if isinstance(part, Every | Either) else str(part)
