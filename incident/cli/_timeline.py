"""How a line of the timeline reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.journal import Entry


def line(session: Session, entry: Entry) -> str:
    """`2026-11-21 03:10 +08:00  li  gate.approved  first-notice …` on one line."""
    return "  ".join((session.when(entry.happened_at), entry.actor, entry.kind, told(entry)))


def told(entry: Entry) -> str:
    """What an entry says besides when, who and what."""
    words = [
        _word(key, value) for key, value in entry.detail.items() if key not in ("hash",) and value not in (None, [], "")
    ]
    if entry.reason:
        words.append(f"because: {entry.reason}")
    return ", ".join(words)


def _word(key: str, value: Any) -> str:
    if key in ("step", "text", "title", "prompt", "note"):
        return str(value)
    if isinstance(value, list):
        return f"{key} {' '.join(map(str, value))}"
    if isinstance(value, Mapping):
        return f"{key} " + " ".join(f"{name}={inner}" for name, inner in value.items())
    return f"{key} {value}"
