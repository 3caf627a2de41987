"""A text of many people: what is the same for all of them, and the open places for what is not.

Whoever renders a message cuts it up once; a channel that can compile it (mail) then writes each person's message by
filling the places, a thousand times faster than by building it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value of a variable goes."""

    variable: str


@dataclass(frozen=True, slots=True)
class Choice:
    """`known` for a person of whom each variable in it has a value, else `otherwise`."""

    known: tuple[str | Place, ...]
    otherwise: tuple[str | Place, ...]


Piece: TypeAlias = str | Place | Choice


@dataclass(frozen=True, slots=True, eq=False)
class Stencil:
    """The parts of one text in one locale. Equal only to itself: keep one for all deliveries of a text."""

    parts: Mapping[str, tuple[Piece, ...]]

    def variables(self) -> tuple[str, ...]:
        """Every variable that any part uses, each once."""
        return tuple(dict.fromkeys(name for pieces in self.parts.values() for name in _variables(pieces)))

    def settled(self, part: str, known: frozenset[str]) -> tuple[str | Place, ...]:
        """A part without choices, for people of whom just `known` has a value."""
        flat: list[str | Place] = []
        for piece in self.parts.get(part, ()):
            if isinstance(piece, Choice):
                flat += piece.known if known.issuperset(_variables(piece.known)) else piece.otherwise
            else:
                flat.append(piece)
        return tuple(flat)


def _variables(pieces: tuple[Piece, ...]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, Place):
            yield piece.variable
        elif isinstance(piece, Choice):
            yield from _variables(piece.known)
            yield from _variables(piece.otherwise)
