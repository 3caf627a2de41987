"""What the hash of a released notice covers, put together anew from the ledger: what was sent is what was approved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from incident import journal
from incident.journal import Entry
from incident.store import Row, Store

RELEASED = "broadcast.released"


def content(store: Store, broadcast: Row, released: Entry) -> dict[str, Any]:
    """As `incident.run.announcing` hashed it when the notice was drafted: message, audience, number of people,
    channels, legal basis, and the text of each channel and language."""
    queries = store.queries("incident.review")
    before = {row["channel"]: row["before"] for row in queries.fallbacks_of(broadcast=broadcast["no"])}
    texts = {
        f"{row['channel']}/{row['locale']}": json.loads(row["content"])
        for row in queries.renderings_of(broadcast=broadcast["no"])
    }
    names = [str(name) for name in released.detail["channels"]]
    return {
        "message": broadcast["message"],
        "audience": broadcast["audience"],
        "people": broadcast["people"],
        "channels": [f"{before[name]}>{name}" if before.get(name) else name for name in names],
        "legal_basis": released.detail.get("legal_basis") or "",
        "texts": texts,
    }


def digest(sealed: Mapping[str, Any]) -> str:
    """The SHA-256 of the content as canonical JSON."""
    return hashlib.sha256(json.dumps(sealed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def released(store: Store, incident: str) -> Iterator[tuple[Row, Entry]]:
    """Each notice that was released, with the line of the timeline that says so; the oldest first."""
    rows = {row["step"]: row for row in store.queries("incident.review").broadcasts_of(incident=incident)}
    for entry in list(journal.read(store, incident)):
        if entry.kind == RELEASED and entry.detail.get("step") in rows:
            yield rows[entry.detail["step"]], entry
