"""A text that is complete but for its recipient, and what makes it his or hers. Needs no template engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident.message import marker


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text in one medium and locale, its open places not yet filled. JSON-able: the ledger freezes it."""

    medium: str
    parts: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"medium": self.medium, "parts": dict(self.parts)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Rendered:
        return cls(document["medium"], dict(document["parts"]))


def fill(rendered: Rendered, fields: Mapping[str, str]) -> dict[str, str]:
    """The parts for one recipient: `name`, `unsubscribe_url`, `reference`, each escaped for its part."""
    return {part: marker.fill_part(part, text, fields) for part, text in rendered.parts.items()}


def needed(rendered: Rendered) -> frozenset[str]:
    """The per-recipient variables that the text uses."""
    return frozenset().union(*(marker.variables(text) for text in rendered.parts.values()))
