"""Parents and children: a large incident and its parts, each with its own commander, words and end. One level deep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incident.errors import WrongState
from incident.journal import Actor
from incident.lifecycle.acts import record
from incident.lifecycle.incidents import Incident, children, get
from incident.lifecycle.visibility import reasons
from incident.store import Store


def objection(child: Incident, parent: Incident, own: Sequence[Incident]) -> str:
    """Why the incident cannot become the other one's child, as a sentence; '' when it can. Pure. `own` are its own
    children.

    1. Nobody is their own parent. 2. A drill and an incident have nothing in common. 3. Both are open. 4. It is its
    child already. 5. One level deep: no grandparents, no grandchildren; so there is no circle either.
    """
    if child.id == parent.id:
        return f"{child.id} cannot be its own parent."
    if child.drill != parent.drill:
        return f"{child.id} is not made a child of {parent.id}: one is a drill, the other is not."
    if ended := next((one for one in (parent, child) if one.state != "open"), None):
        return f"{ended.id} is {ended.state}; only open incidents become parent and child."
    if child.parent == parent.id:
        return f"{child.id} is a child of {parent.id} already."
    if parent.parent:
        return f"{parent.id} is a child itself, and children have none. Take its parent: {_typed(child, parent.parent)}"
    if own:
        names = ", ".join(one.id for one in own)
        return f"{child.id} has children itself ({names}). Give each of them the parent: {_typed(own[0], parent.id)}"
    return ""


def adopt(store: Store, actor: Actor, now: datetime, child: Incident, parent: Incident, reason: str | None) -> None:
    """The incident is a part of the other one from now on; both timelines tell it, and that of the parent that it had;
    why only where who reads it may.

    In the caller's transaction, which keeps both from ending meanwhile. Raises WrongState.
    """
    if said := objection(child, parent, children(store, child.id)):
        raise WrongState(said)
    own, others = reasons(child, parent, reason)
    if child.parent:
        record(store, actor, now, "child.released", child.parent, reason=others, child=child.id)
    store.queries("incident.lifecycle").set_parent(id=child.id, parent=parent.id)
    moved: dict[str, Any] = {"before": child.parent} if child.parent else {}
    record(store, actor, now, "incident.adopted", child.id, reason=own, parent=parent.id, **moved)
    record(store, actor, now, "child.adopted", parent.id, reason=others, child=child.id)


def release(store: Store, actor: Actor, now: datetime, child: Incident, reason: str | None) -> None:
    """It stands alone again, whether it is open or over; both timelines tell it. Raises WrongState for one without a
    parent."""
    if child.parent is None:
        raise WrongState(f"{child.id} is nobody's child.")
    store.queries("incident.lifecycle").set_parent(id=child.id, parent=None)
    own, others = reasons(child, get(store, child.parent, 0), reason)
    record(store, actor, now, "incident.released", child.id, reason=own, parent=child.parent)
    record(store, actor, now, "child.released", child.parent, reason=others, child=child.id)


def told(child: Incident, *, seen: bool) -> dict[str, Any]:
    """A child as its parent tells of it: its id; how it stands only to who may see it."""
    return {"incident": child.id, "state": child.state if seen else None, "phase": child.phase if seen else None}


def told_to_all(store: Store, incident: str) -> list[dict[str, Any]]:
    """The children as documents tell of them, which others will read: of a restricted one the id."""
    return [told(one, seen=one.visibility == "everyone") for one in children(store, incident)]


def words(children_told: Sequence[dict[str, Any]]) -> str:
    """`INC-2026-008 (open, investigating), INC-2026-009 (restricted)`."""
    stands = [f"{one['state']}, {one['phase']}" if one["state"] else "restricted" for one in children_told]
    return ", ".join(f"{one['incident']} ({how})" for one, how in zip(children_told, stands, strict=True))


def lines(parent: str | None, children_told: Sequence[dict[str, Any]]) -> list[str]:
    """Whose child it is, and whose parent: what the review and the hand-over say of it."""
    child = [f"It is a child of {parent}."] if parent else []
    return [*child, *([f"Its children: {words(children_told)}."] if children_told else [])]


def _typed(child: Incident, parent: str) -> str:
    return f"incident adopt {child.id} --parent {parent}"
