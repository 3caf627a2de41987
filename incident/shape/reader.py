"""The reader of one file: its mistakes, its uses of names, its places; and what a shape is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

from incident.errors import Mistake
from incident.yamlfile import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A name (or something that holds names) used in a file, noted for a check once the whole file was read."""

    kind: str
    value: Any
    path: str
    line: int
    column: int


class Reader:
    """Collects the mistakes of one file, the uses of names, and each value's place by its path (`steps[0].when`).

    `misread` are the paths of fields with a mistake in them: what follows from their values is not told too.
    """

    def __init__(self, file: str, mistakes: list[Mistake] | None = None) -> None:
        self.file = file
        self.mistakes: list[Mistake] = [] if mistakes is None else mistakes
        self.places: dict[str, tuple[int, int]] = {}
        self.uses: list[Use] = []
        self.misread: set[str] = set()

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


LONGEST_SHOWN = 60
"""Characters of a wrong value that a sentence repeats: a file that is none of ours is not printed."""


def kind_words(node: Node) -> str:
    if node.kind in ("map", "list"):
        return "a mapping" if node.kind == "map" else "a list"
    shown = node.raw if len(node.raw) <= LONGEST_SHOWN else f"{node.raw[:LONGEST_SHOWN]}…"
    return "nothing" if node.kind == "null" else f"'{shown}'"


class Refusing:
    """Not a dataclass, like each shape without fields: making one costs most of a millisecond of every start."""

    __slots__ = ()

    def _refuse(self, node: Node, reader: Reader) -> None:
        reader.wrong(node, "wrong_type", f"Expected {self.words()}, found {kind_words(node)}.")

    def words(self) -> str:
        raise AssertionError  # each shape says its own
