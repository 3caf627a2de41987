"""A text of many people as the bytes of what is posted for them: written once as JSON, then only the values are put in.

What `document` makes of one delivery in some 25 µs is here a printed form with open places. The places are marked with
characters of the private-use area, which JSON leaves alone and which no text of ours holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from incident.channel import document
from incident.channel.port import Delivery
from incident.channel.stencil import Place, Stencil

_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([a-z]+:[a-z_]+){_CLOSE}".encode())
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"})
_ONE_LINE = ("subject", "preheader", "title", "headline", "link")


class Blank:
    """The documents of one stencil, in the shape that `write` gives them; `like` is any delivery of it in this locale,
    medium, thread and priority."""

    def __init__(self, stencil: Stencil, like: Delivery, write: Callable[[Delivery], Any]) -> None:
        self._stencil = stencil
        self._like = like
        self._write = write
        self._variables = stencil.variables()
        self._variants: dict[tuple[bool, ...], tuple[list[bytes], list[tuple[str, str]]]] = {}

    def fill(self, delivery: Delivery) -> bytes:
        """The document for one recipient. Raises UnicodeError when a value cannot be written."""
        values = [delivery.fields.get(name, "") for name in self._variables]
        known = tuple(map(bool, values))
        variant = self._variants.get(known)
        if variant is None:
            variant = self._variants[known] = self._variant(known)
        stretches, places = variant
        out = [stretches[0]]
        for (kind, name), stretch in zip(places, stretches[1:], strict=True):
            text: str = getattr(delivery, name) if kind == "own" else delivery.fields[name]
            if kind == "html":
                text = text.translate(_ESCAPES)
            out.append(encode_basestring(text)[1:-1].encode())
            out.append(stretch)
        return b"".join(out)

    def _variant(self, known: tuple[bool, ...]) -> tuple[list[bytes], list[tuple[str, str]]]:
        """The stretches between the places, and the places, for everybody of whom the same variables are known."""
        names = frozenset(name for name, is_known in zip(self._variables, known, strict=True) if is_known)
        parts = {part: self._text(part, names) for part in self._stencil.parts}
        like = self._like
        marked = Delivery(
            no=like.no,
            key=_own("key"),
            address=_own("address"),
            recipient=_own("recipient"),
            locale=like.locale,
            medium=like.medium,
            parts=parts,
            thread=like.thread,
            unsubscribe_url=like.unsubscribe_url,
            automatic=like.automatic,
            priority=like.priority,
            exercise=like.exercise,
        )
        cut = _PLACE.split(document.as_json(self._write(marked)))
        return cut[::2], [_named(place) for place in cut[1::2]]

    def _text(self, part: str, known: frozenset[str]) -> str:
        kind = "html" if part == "html" else "plain"
        text = "".join(
            piece if isinstance(piece, str) else _marked(kind, piece, known)
            for piece in self._stencil.settled(part, known)
        )
        return " ".join(text.split()) if part in _ONE_LINE else text


def _own(name: str) -> str:
    """The place of what is each delivery's own beside the values of its text."""
    return f"{_OPEN}own:{name}{_CLOSE}"


def _marked(kind: str, place: Place, known: frozenset[str]) -> str:
    return f"{_OPEN}{kind}:{place.variable}{_CLOSE}" if place.variable in known else ""


def _named(place: bytes) -> tuple[str, str]:
    kind, _, name = place.decode().partition(":")
    return kind, name
