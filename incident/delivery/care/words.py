"""What an unfinished broadcast waits for, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incident.delivery.care.look import holds_back
from incident.delivery.rules import canary, frozen
from incident.now import at, maybe_at
from incident.store import Row, Store

_BY_HAND = "somebody held it"
_WHY = {"restored": "this database is a restored copy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`reason` is a word of the ledger, `why` half a sentence. `until` is None when it waits for a person."""

    reason: str
    why: str
    until: datetime | None = None


def waiting(store: Store, broadcast: Row, now: datetime) -> Waiting | None:
    """1. Held: for a word. 2. Quiet hours. 3. A canary's hold, or its people are being tried. None: it is being sent,
    or is over."""
    if broadcast["state"] == "held":
        reason = broadcast["reason"] or "held"
        return Waiting(reason=reason, why=broadcast["why"] or _WHY.get(reason, _BY_HAND))
    if broadcast["state"] != "sending":
        return None
    before = maybe_at(broadcast["not_before"])
    if before is not None and before > now:
        return Waiting(reason="quiet_hours", why="quiet hours", until=before)
    rule = frozen.read(broadcast["rules"]).canary
    if rule is None or not holds_back(store, broadcast["no"]):
        return None
    if broadcast["canary_at"] is None:
        return Waiting(reason=canary.REASON, why=f"the first {rule.first} people are being tried")
    until = at(broadcast["canary_at"]) + rule.hold
    return Waiting(reason=canary.REASON, why=f"the first {rule.first} people have been tried", until=until)
