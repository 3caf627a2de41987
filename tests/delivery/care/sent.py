"""What these tests ask of a ledger: states by reason, the timeline, one step of sending."""

from __future__ import annotations

from collections import Counter

from incident import journal
from incident.delivery.model import Route
from incident.store import Row, Store

EMAIL = Route(channel="email", reach="each", column="email")
PUSH = Route(channel="push", reach="each", column="push")
POST = Route(channel="social", reach="once", column="")


def by_reason(store: Store, broadcast: int = 1, channel: str = "email") -> Counter[str]:
    """How many rows of a channel are `state` or `state/reason`."""
    found = store.execute(
        "SELECT state, reason FROM delivery WHERE broadcast = :no AND channel = :channel",
        {"no": broadcast, "channel": channel},
    ).fetchall()
    return Counter(f"{row['state']}/{row['reason']}" if row["reason"] else row["state"] for row in found)


def head(store: Store, row: Row) -> Row:
    found: Row = store.queries("incident.delivery").broadcast_by_no(no=row["no"])
    return found


def told(store: Store) -> list[tuple[str, str | None]]:
    """(kind, reason) of what stands on the timeline."""
    return [(entry.kind, entry.reason) for entry in journal.read(store, "INC-2026-001")]
