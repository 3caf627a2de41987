"""Holding a broadcast because a rule says so; and saying so."""

from __future__ import annotations

from datetime import datetime

from incident import lifecycle
from incident.delivery.rules import frozen, pause
from incident.delivery.rules.stop import Stop
from incident.journal import Actor
from incident.people import WORKER, os_user
from incident.store import Row, Store


def by_itself() -> Actor:
    """The actor of what happens by itself."""
    return Actor(person=WORKER, os_user=os_user())


def brake(store: Store, broadcast: Row, now: datetime) -> Stop | None:
    """Holds the broadcast if its `pause_if` says so; returns why. Called in the transaction that writes outcomes and
    their pulse, so that no process sends further than what it has in hand."""
    rule = frozen.read(broadcast["rules"]).pause_if
    if rule is None:
        return None
    stop = pause.judge(store.queries("incident.delivery.care").pulse(broadcast=broadcast["no"]), rule)
    return stop if stop and hold(store, broadcast, stop, now) else None


def hold(store: Store, broadcast: Row, stop: Stop, now: datetime) -> bool:
    """Holds what is being sent, with the reason in the ledger and on the timeline; False when somebody was first."""
    with store.transaction():
        queries = store.queries("incident.delivery.care")
        if queries.hold(no=broadcast["no"], reason=stop.reason, why=stop.why) != 1:
            return False
        tell(store, broadcast, now, "broadcast.held", stop.reason, stop.why)
    return True


def tell(store: Store, broadcast: Row, now: datetime, kind: str, reason: str | None, why: str) -> None:
    """A line of the incident's timeline about what a rule did, with its figures."""
    incident, step = broadcast["incident"], broadcast["step"]
    lifecycle.record(store, by_itself(), now, kind, incident, reason=reason, step=step, why=why)
