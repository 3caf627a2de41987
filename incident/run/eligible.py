"""Who may hold a role: what the playbook and incident.yaml allow. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from incident.people import Person
from incident.playbook.model import Role


def objection(person: Person, role: str, roles: Mapping[str, Role], held: Mapping[str, str]) -> str:
    """Why this person may not hold the role, or ''. `held` says who holds which role now.

    1. Somebody whose own roles are named, and this is none of them. 2. Who holds a role that must be another person's.
    """
    if not person.may_hold(role):
        return f"{person.id} may not be {role}: people.{person.id}.roles does not name it."
    apart = {*roles[role].not_same_as, *(name for name, other in roles.items() if role in other.not_same_as)}
    taken = [name for name in apart if held.get(name) == person.id]
    return f"{person.id} is {taken[0]} already; {role} must be another person." if taken else ""
