"""Who is meant: `users_of(affected_services) and region != 'bj'`, read once, asked in Python or in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from incident.audience import grammar
from incident.audience.condition import (
    Call,
    Comparison,
    Condition,
    Constant,
    Either,
    Empty,
    Every,
    Has,
    Not,
    SegmentError,
    names,
    walk,
    with_values,
)
from incident.audience.recipient import Recipient
from incident.audience.translate import Source, Translation, bound, source, unbound

__all__ = ["SOURCES", "Call", "Segment", "SegmentError", "Source", "bind", "matches", "parse", "to_sql"]

SOURCES = ("received",)
"""The sources that a segment may name; upper packages supply them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as it was read. Its `str` is its text in one canonical form, with the values it is bound to."""

    condition: Condition
    names: frozenset[str] = field(compare=False)
    sources: tuple[Call, ...] = field(compare=False)

    def __str__(self) -> str:
        return str(self.condition)


def parse(text: str, sources: Collection[str] = SOURCES) -> Segment:
    """Reads a segment (see `grammar`). Raises SegmentError with the column and what to write instead."""
    return _segment(grammar.read(text, sources))


def bind(segment: Segment, values: Mapping[str, Any]) -> Segment:
    """The segment with its parameters' values: a text, a whole number, or a list of these. Others are ignored.

    Raises SegmentError for a parameter without a value, of another type, or with many values where one is compared.
    """
    given = {name: _texts(name, values[name]) for name in segment.names if name in values}
    return _segment(with_values(segment.condition, given))


def matches(segment: Segment, recipient: Recipient, sources: Mapping[str, Source]) -> bool:
    """Whether the recipient is meant. Raises SegmentError for an unbound parameter or a source that is not there."""
    return _holds(segment.condition, recipient, sources)


def to_sql(segment: Segment, sources: Mapping[str, Source]) -> tuple[str, dict[str, str]]:
    """A WHERE fragment over `recipient r` for either database, and its `:name` parameters (all begin `audience_`).

    Raises SegmentError as `matches` does.
    """
    translation = Translation(sources)
    return translation.sql(segment.condition), translation.parameters


def _segment(condition: Condition) -> Segment:
    calls = tuple(part for part in walk(condition) if isinstance(part, Call))
    return Segment(condition, names(condition), calls)


def _holds(condition: Condition, recipient: Recipient, sources: Mapping[str, Source]) -> bool:
    match condition:
        case Constant(value):
            return value
        case Has(column):
            return bool(getattr(recipient, column))
        case Empty():
            raise unbound(condition)
        case Not(part):
            return not _holds(part, recipient, sources)
        case Every(parts):
            return all(_holds(part, recipient, sources) for part in parts)
        case Either(parts):
            return any(_holds(part, recipient, sources) for part in parts)
        case Comparison(column, values, _, negated):
            own = recipient.segments if column == "segment" else (getattr(recipient, column),)
            return negated != any(value in own for value in bound(values, condition))
        case Call(_, args):
            return source(sources, condition).matches(bound(args, condition), recipient.id)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    items = (
        sorted(value) if isinstance(value, set | frozenset) else value if isinstance(value, list | tuple) else (value,)
    )
    for item in items:
        if not isinstance(item, str | int) or isinstance(item, bool):
            raise SegmentError(f"the parameter '{name}' must be text or a list of texts to be compared in a segment")
    return tuple(grammar.checked(str(item)) for item in items)
