"""What an unfinished broadcast waits for, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from incident.delivery.brakes.rate import Braked
from incident.delivery.care.braked import braked
from incident.delivery.care.look import holds_back
from incident.delivery.care.wait import Waiting
from incident.delivery.rules import canary, frozen
from incident.now import at, maybe_at, ms
from incident.store import Row, Store

_BY_HAND = "somebody held it"
_WHY = {"restored": "this database is a restored copy"}

_NOBODY = timedelta(seconds=45)
"""A worker writes down every fifteen seconds that it looks after a broadcast; three times nothing: there is none."""


def waiting(store: Store, broadcast: Row, now: datetime, channels: Mapping[str, Braked]) -> Waiting | None:
    """1. Held: for a word. 2. Quiet hours. 3. One of its channels is stopped or has used up its rate. 4. Nobody works.
    5. A canary's hold, or its people are being tried. 6. What was put off is tried again. None: it is being sent, or
    is over."""
    if broadcast["state"] == "held":
        reason = broadcast["reason"] or "held"
        return Waiting(reason=reason, why=broadcast["why"] or _WHY.get(reason, _BY_HAND))
    if broadcast["state"] != "sending":
        return None
    before = maybe_at(broadcast["not_before"])
    if before is not None and before > now:
        return Waiting(reason="quiet_hours", why="quiet hours", until=before)
    queries = store.queries("incident.delivery.care")
    if queries.in_hand(broadcast=broadcast["no"], now=ms(now)):
        return braked(store, broadcast["no"], channels, now) or _canary(store, broadcast)
    idle = braked(store, broadcast["no"], channels, now) or _nobody(store, broadcast, now) or _canary(store, broadcast)
    return idle or _put_off(store, broadcast, now)


def _nobody(store: Store, broadcast: Row, now: datetime) -> Waiting | None:
    """Something is due, and for a while nobody has looked after it."""
    since = at(broadcast["active_at"] or broadcast["frozen_at"])
    due = store.queries("incident.delivery.care").due_channels(broadcast=broadcast["no"], now=ms(now))
    if now - since < _NOBODY or not list(due):
        return None
    return Waiting(reason="no_worker", why="a worker: incident work")


def _canary(store: Store, broadcast: Row) -> Waiting | None:
    rule = frozen.read(broadcast["rules"]).canary
    if rule is None or not holds_back(store, broadcast["no"]):
        return None
    if broadcast["canary_at"] is None:
        return Waiting(reason=canary.REASON, why=f"the first {rule.first} people are being tried")
    until = at(broadcast["canary_at"]) + rule.hold
    return Waiting(reason=canary.REASON, why=f"the first {rule.first} people have been tried", until=until)


def _put_off(store: Store, broadcast: Row, now: datetime) -> Waiting | None:
    next_try = maybe_at(store.queries("incident.delivery.care").first_retry(broadcast=broadcast["no"])["at"])
    if next_try is None or next_try <= now:
        return None
    return Waiting(reason="deferred", why="what was put off is tried again", until=next_try)
