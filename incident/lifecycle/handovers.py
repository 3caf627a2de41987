"""Hand-overs: a role is offered together with what the next person must know, and is theirs once they accept it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from incident import journal
from incident.errors import NotFound
from incident.journal import Actor
from incident.lifecycle.acts import record
from incident.now import at, maybe_at, ms
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """`document` is what the taker was given to read, as JSON; `sha256` stands on the timeline. `state` is offered,
    accepted or replaced."""

    incident: str
    no: int
    role: str
    giver: str
    taker: str
    document: str
    sha256: str
    state: str
    offered_at: datetime
    accepted_at: datetime | None = None


def handovers(store: Store, incident: str) -> list[Handover]:
    """All of an incident, the oldest first."""
    return [_handover(row) for row in store.queries("incident.lifecycle").handovers_of(incident=incident)]


def offer(store: Store, actor: Actor, now: datetime, incident: str, role: str, taker: str, document: str) -> Handover:
    """Offers a role with its document; an older offer of the role is replaced."""
    digest = hashlib.sha256(document.encode()).hexdigest()
    with store.transaction():
        journal.hold(store)  # numbering is serial, like the journal itself
        queries = store.queries("incident.lifecycle")
        queries.replace_handovers(incident=incident, role=role)
        no = int(queries.last_handover(incident=incident)["no"] or 0) + 1
        queries.insert_handover(
            incident=incident,
            no=no,
            role=role,
            giver=actor.person,
            taker=taker,
            document=document,
            sha256=digest,
            offered_at=ms(now),
        )
        record(store, actor, now, "handover.offered", incident, role=role, to=taker, handover=no, sha256=digest)
    return handovers(store, incident)[-1]


def offered(store: Store, incident: str, taker: str) -> Handover:
    """What was offered to this person last and waits to be accepted. Raises NotFound."""
    found = [one for one in handovers(store, incident) if one.state == "offered" and one.taker == taker]
    if not found:
        raise NotFound(
            f"Nothing of {incident} was offered to {taker}. Offer it: incident handover {incident} --to {taker}"
        )
    return found[-1]


def accept(store: Store, actor: Actor, now: datetime, found: Handover) -> None:
    """The taker has read it, and says so, in the transaction that gives the role. Raises NotFound when it was replaced
    meanwhile."""
    queries = store.queries("incident.lifecycle")
    if queries.accept_handover(incident=found.incident, no=found.no, at=ms(now)) != 1:
        raise NotFound(f"That hand-over of {found.incident} was replaced by a newer one. Look at it again.")
    record(
        store,
        actor,
        now,
        "handover.accepted",
        found.incident,
        role=found.role,
        giver=found.giver,
        handover=found.no,
        sha256=found.sha256,
    )


def _handover(row: Row) -> Handover:
    return Handover(
        incident=row["incident"],
        no=row["no"],
        role=row["role"],
        giver=row["giver"],
        taker=row["taker"],
        document=row["document"],
        sha256=row["sha256"],
        state=row["state"],
        offered_at=at(row["offered_at"]),
        accepted_at=maybe_at(row["accepted_at"]),
    )
