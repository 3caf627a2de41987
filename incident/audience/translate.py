"""The one translation of a segment to SQL, valid on both databases; a property test proves it equal to the evaluator.

Every value travels as a parameter. `LIKE` is not used: SQLite's ignores the case of ASCII letters, PostgreSQL's does
not, and both give `%` and `_` a meaning. A word is in a stored list `;a;b;` when taking `;word;` out changes the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from incident.audience.condition import (
    Call,
    Comparison,
    Condition,
    Constant,
    Either,
    Empty,
    Every,
    Has,
    Name,
    Not,
    SegmentError,
)

MOST_VALUES = 30_000
"""Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535; some are the caller's."""

_GROUP = 50  # SQLite's expression depth is 1,000: long chains of OR are cut into groups


class Source(Protocol):
    """Answers what this package cannot know: who received a step's notice, who complained …"""

    def matches(self, args: tuple[str, ...], recipient_id: str) -> bool:
        """Whether the recipient is meant."""

    def sql(self, args: tuple[str, ...], prefix: str) -> tuple[str, dict[str, str]]:
        """The same as a boolean SQL fragment over `r.id`; its parameters' names begin with `prefix`."""


class Translation:
    """Collects the parameters of one segment while its parts are translated."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self.parameters: dict[str, str] = {}
        self._calls = 0

    def sql(self, condition: Condition) -> str:
        """A boolean fragment over alias `r`, always bracketed or atomic."""
        match condition:
            case Constant(value):
                return "1 = 1" if value else "1 = 0"
            case Has(column):
                return f"r.{column} <> ''"
            case Empty():
                raise unbound(condition)
            case Not(part):
                return f"NOT ({self.sql(part)})"
            case Every(parts):
                return "(" + " AND ".join(f"({self.sql(part)})" for part in parts) + ")"
            case Either(parts):
                return _any([f"({self.sql(part)})" for part in parts])
            case Comparison():
                return self._test(condition)
            case Call():
                return self._call(condition)

    def _test(self, test: Comparison) -> str:
        values = bound(test.values, test)
        if test.column == "segment":
            found = _any([self._holds(value) for value in values if _can_be_word(value)])
        else:
            places = ", ".join(self._parameter(value) for value in values)
            found = f"r.{test.column} IN ({places})" if values else "1 = 0"
        return f"NOT ({found})" if test.negated else found

    def _holds(self, word: str) -> str:
        return f"replace(r.segments, {self._parameter(f';{word};')}, '') <> r.segments"

    def _call(self, call: Call) -> str:
        self._calls += 1
        fragment, parameters = source(self._sources, call).sql(bound(call.args, call), f"audience_call_{self._calls}_")
        self.parameters |= parameters
        return f"({fragment})"

    def _parameter(self, value: str) -> str:
        if len(self.parameters) >= MOST_VALUES:
            raise SegmentError(f"a segment compares with at most {MOST_VALUES} values; tag these people with a segment")
        name = f"audience_{len(self.parameters)}"
        self.parameters[name] = value
        return f":{name}"


def bound(values: tuple[str | Name, ...], condition: Condition) -> tuple[str, ...]:
    """The values. Raises SegmentError when a parameter among them has no value yet."""
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise unbound(condition)
    return texts


def unbound(condition: Condition) -> SegmentError:
    """A condition that was asked before its parameters had their values: neither everyone nor nobody."""
    return SegmentError(f"'{condition}' has a parameter without a value")


def source(sources: Mapping[str, Source], call: Call) -> Source:
    """Who answers the call. Raises SegmentError when nobody does here (outside an incident, say)."""
    if call.source not in sources:
        raise SegmentError(f"'{call}' cannot be answered here: it is known only within an incident")
    return sources[call.source]


def _can_be_word(value: str) -> bool:
    return value != "" and ";" not in value


def _any(fragments: list[str]) -> str:
    if not fragments:
        return "1 = 0"
    while len(fragments) > 1:
        groups = [fragments[at : at + _GROUP] for at in range(0, len(fragments), _GROUP)]
        fragments = ["(" + " OR ".join(group) + ")" for group in groups]
    return fragments[0]
