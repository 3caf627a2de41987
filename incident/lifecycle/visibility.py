"""Who among the staff may see an incident: an axis of its own, beside its state and what the public was told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from incident.lifecycle.incidents import Incident


def may_see(incident: Incident, person: str, roles: Collection[str]) -> bool:
    """1. What is not restricted, everybody. 2. Whoever declared it knows it. 3. Else who is named, or has a role that
    is named: holds it in this incident, or stands with it in incident.yaml. Who may hold *any* role has none by that.
    """
    if incident.visibility != "restricted" or person == incident.declared_by:
        return True
    return person in incident.viewers or any(role in incident.viewers for role in roles)


def unseen_roles(incident: Incident, roles: Iterable[str], staff: Mapping[str, Collection[str]]) -> list[str]:
    """Those of the roles that nobody can take: whoever may hold one (their roles name it, or name none) may not see
    the restricted incident. `staff` are the people with their roles."""
    if incident.visibility != "restricted":
        return []  # where anybody may see it, sight is not what is missing
    return [
        role
        for role in roles
        if not any(may_see(incident, person, own) for person, own in staff.items() if role in own or not own)
    ]


def reasons(moved: Incident, other: Incident, reason: str | None) -> tuple[str | None, str | None]:
    """Why two incidents were joined, as it may stand on (the timeline of the one that was moved, that of the other).

    1. Nothing of a restricted incident stands where others read it: the reason stays on its own timeline. 2. Where both
    are restricted, it stands on that of the moved one.
    """
    hidden = other.visibility == "restricted" and moved.visibility != "restricted"
    return None if hidden else reason, None if moved.visibility == "restricted" else reason
