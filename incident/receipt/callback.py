"""Reads one line of a provider's callbacks as a report. What a line may hold stands in docs/receipts.md."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from incident.now import parse_iso
from incident.receipt.report import Fate, Kind, Nothing, Report, codes, one_line, read_key

LONGEST = 64 * 1024
"""Octets of a line; a longer one is unreadable."""

_EVENTS: dict[str, Kind] = {
    "delivered": "delivered",
    "bounced": "bounced",
    "complained": "complained",
    "delayed": "delayed",
}
_MESSAGE_ID = re.compile(r"<?([^<>@\s]{1,100})@[^<>@\s]{1,255}>?")


def parse(line: bytes) -> Report | Nothing:
    """`{"key": …, "event": …, "code": …, "words": …, "at": …}`, or `message_id` in the place of `key`.

    1. What is no JSON object, names no known event, or neither key nor message id, is unreadable.
    2. `opened` is no news: it says nothing that the ledger asks.
    3. Keys that are not known here are the provider's own and are passed over.
    """
    try:
        said = json.loads(line) if len(line) <= LONGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Nothing("unreadable")
    event = _text(said, "event").lower()
    if event == "opened":
        return Nothing("no_news")
    key = read_key(_text(said, "key") or _before_at(_text(said, "message_id")))
    if key is None or event not in _EVENTS:
        return Nothing("unreadable")
    code, enhanced = codes(_text(said, "code"), _text(said, "words"))
    kind = _EVENTS[event]
    fate = Fate(
        kind=kind,
        addresses=tuple(filter(None, (_text(said, "address"),))),
        permanent=kind == "complained" or (kind == "bounced" and (enhanced or code).startswith("5")),
        code=code,
        enhanced=enhanced,
        words=_text(said, "words"),
        at=_instant(_text(said, "at")),
    )
    return Report(id=_identity(said), fates=(fate,), key=key)


def _identity(said: dict[str, Any]) -> str:
    """The provider's own id of the event, else everything that it says."""
    told = _text(said, "id") or json.dumps(said, sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def _text(said: dict[str, Any], name: str) -> str:
    """A value as one line; '' when it is missing or no text."""
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = value if isinstance(value, str) else format(value, "d") if abs(value) < 10**9 else ""
    return one_line(text)


def _before_at(message_id: str) -> str:
    match = _MESSAGE_ID.fullmatch(message_id)
    return match[1] if match else ""


def _instant(text: str) -> datetime | None:
    try:
        return parse_iso(text)
    except (ValueError, OverflowError):
        return None
