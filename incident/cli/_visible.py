"""Restricted incidents: who may not see one learns that it is restricted, no more; who looks at one is on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from incident.errors import NotAllowed

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.lifecycle import Incident


def may_see(session: Session, incident: Incident) -> bool:
    """Whether the person at the keyboard may see it."""
    if incident.visibility != "restricted":
        return True  # nobody must be known for what everybody may see
    from incident import lifecycle
    from incident.lifecycle.visibility import may_see as allowed

    console = session.console()
    try:
        person = console.actor.person
    except NotAllowed:  # whoever is nobody here may look at what everybody may, and at no more
        return False
    held = {role for role, holder in lifecycle.holders(console.store, incident.id).items() if holder == person}
    return allowed(incident, person, held | set(console.people[person].roles))


def require_sight(session: Session, incident: Incident) -> None:
    """Raises NotAllowed without a word about what it is; a look by somebody who may is a line of the timeline."""
    if incident.visibility != "restricted":
        return
    if not may_see(session, incident):
        raise NotAllowed(f"{incident.id} is restricted, and you are not among those who may see it.")
    from incident import lifecycle

    console = session.console()
    lifecycle.record(
        console.store, console.actor, console.clock(), "incident.viewed", incident.id, command=session.command_name
    )


def visible_ids(session: Session) -> Callable[[str], bool]:
    """A filter for lists over many incidents, by the incident's id."""
    from incident import lifecycle

    known: dict[str, bool] = {}

    def seen(name: str) -> bool:
        if name not in known:
            known[name] = may_see(session, lifecycle.get(session.console().store, name, 0))
        return known[name]

    return seen
