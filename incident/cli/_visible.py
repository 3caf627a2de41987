"""Restricted incidents: who may not see one learns that it is restricted, no more; who looks at one is on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from incident.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.lifecycle import Incident
    from incident.playbook.model import Playbook


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


def known_viewers(session: Session, playbook: Playbook, names: Sequence[str]) -> tuple[str, ...]:
    """The people and roles that were typed, each once. Raises NotFound for a name that is neither."""
    from incident import registry

    people = session.console().people
    known = {*people, *playbook.roles, *(role for person in people.values() for role in person.roles)}
    for name in names:
        if name not in known:
            raise NotFound(f"'{name}' is no person or role here. {registry.nearest(name, known)}")
    return tuple(dict.fromkeys(names))


def say_who_cannot(session: Session, incident: str, playbook: Playbook) -> None:
    """Warns of each required role that nobody may take, because whoever may hold it may not see the incident."""
    from incident import lifecycle
    from incident.lifecycle.visibility import unseen_roles

    console = session.console()
    found = lifecycle.get(console.store, incident, 0)
    required = [name for name, role in playbook.roles.items() if role.required]
    staff = {person.id: person.roles for person in console.people.values()}
    for role in unseen_roles(found, required, staff):
        session.alarm(
            f"Nobody may be {role}: whoever may hold the role may not see {found.id}. "
            f"Name them: incident restrict {found.id} --to PERSON --reason WHY"
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
