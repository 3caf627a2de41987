"""How a line of the timeline reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from incident.now import parse_iso

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.journal import Entry

_BARE = ("step", "text", "title", "prompt", "note")
"""Details that speak for themselves, without their name."""


def line(session: Session, entry: Entry) -> str:
    """`2026-11-21 03:10 +08:00  li  gate.approved  first-notice …` on one line."""
    return "  ".join((session.when(entry.happened_at), entry.actor, entry.kind, told(session, entry)))


def told(session: Session, entry: Entry) -> str:
    """What an entry says besides when, who and what: first which step it is about."""
    details = sorted(entry.detail.items(), key=lambda item: item[0] != "step")
    words = [_word(session, key, value) for key, value in details if key != "hash" and value not in (None, [], "")]
    if entry.reason:
        words.append(f"because: {entry.reason}")
    return ", ".join(words)


def _word(session: Session, key: str, value: Any) -> str:
    if key in _BARE:
        return str(value)
    if key == "until":  # an instant, as the journal keeps it
        return f"until {session.when(parse_iso(value))}"
    if isinstance(value, list):
        return f"{key} {' + '.join(map(str, value))}"
    if isinstance(value, Mapping):
        return f"{key} " + " ".join(f"{name}={inner}" for name, inner in value.items())
    return f"{key} {value}"
