"""Cuts a rendered text up for the channels: what stays, and the open places of each recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from incident.channel.stencil import Choice, Piece, Place, Stencil
from incident.message import marker
from incident.message.rendered import Rendered


def cut(rendered: Rendered) -> Stencil:
    """The stencil of a text. Keep it for all deliveries of the text: a channel compiles it once."""
    return Stencil({part: tuple(_pieces(text)) for part, text in rendered.parts.items()})


def values(fields: Mapping[str, str]) -> dict[str, str]:
    """A recipient's fields as they go into a stencil: each on one line, without what could break out of it."""
    return {name: marker.value(text) for name, text in fields.items()}


def _pieces(text: str) -> Iterator[Piece]:
    found = marker.choices(text)
    for at in range(0, len(found), 3):
        yield from _flat(found[at])
        if at + 2 < len(found):
            yield Choice(tuple(_flat(found[at + 1])), tuple(_flat(found[at + 2])))


def _flat(text: str) -> Iterator[str | Place]:
    for at, piece in enumerate(marker.places(text)):
        if at % 2:
            yield Place(piece)
        elif piece:
            yield piece
