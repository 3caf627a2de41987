"""How a line of the timeline reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from incident.now import parse_iso

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.journal import Entry

BREAK_GLASS = "BREAK-GLASS"
"""Marks what one person did alone; it is red wherever it is shown."""
FORCED = "FORCED PAST"
"""Marks what somebody went past although the playbook says that it must hold; red as well."""
_BARE = ("step", "text", "title", "prompt", "note")
"""Details that speak for themselves, without their name."""
_UNSAID = ("hash", "acted_by")


def line(session: Session, entry: Entry) -> str:
    """`2026-11-21 03:10 +08:00  li  gate.approved  first-notice …` on one line."""
    return "  ".join((session.when(entry.happened_at), who(entry), entry.kind, told(session, entry)))


def who(entry: Entry) -> str:
    """Who acted; with whose login, when that is somebody else's, and why it was believed."""
    acted_by = entry.detail.get("acted_by")
    if not acted_by:
        return entry.actor
    proof = "told a code" if acted_by["proof"] == "totp" else "by --as"
    return f"{entry.actor} ({proof}, typed by {acted_by['login']})"


def told(session: Session, entry: Entry) -> str:
    """What an entry says besides when, who and what: first which step it is about."""
    details = sorted(entry.detail.items(), key=lambda item: item[0] != "step")
    words = [_word(session, key, value) for key, value in details if key not in _UNSAID and value not in (None, [], "")]
    if entry.reason:
        words.append(f"because: {entry.reason}")
    return ", ".join(words)


def _word(session: Session, key: str, value: Any) -> str:
    if key == "break_glass":
        return BREAK_GLASS
    if key == "forced_past":
        return f"{FORCED}: {' '.join(value).rstrip('.')}"
    if key in _BARE:
        return str(value)
    if key in ("since", "until"):  # an instant, as the journal keeps it
        return f"{key} {session.when(parse_iso(value))}"
    if key == "attachments":
        return " + ".join(f"{one['name']} ({one['bytes']:,} bytes, sha256 {one['sha256'][:12]}…)" for one in value)
    if key == "sha256":  # enough to compare by eye; the document for scripts has it whole
        return f"sha256 {value[:12]}…"
    if isinstance(value, list):
        return f"{key} {' + '.join(map(str, value))}"
    if isinstance(value, Mapping):
        return f"{key} " + " ".join(f"{name}={inner}" for name, inner in value.items())
    return f"{key} {value}"
