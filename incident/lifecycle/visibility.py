"""Who among the staff may see an incident: an axis of its own, beside its state and what the public was told. Pure."""

from __future__ import annotations

from collections.abc import Collection

from incident.lifecycle.incidents import Incident


def may_see(incident: Incident, person: str, roles: Collection[str]) -> bool:
    """1. What is not restricted, everybody. 2. Whoever declared it knows it. 3. Else who is named, or has a role that
    is named: holds it in this incident, or stands with it in incident.yaml. Who may hold *any* role has none by that.
    """
    if incident.visibility != "restricted" or person == incident.declared_by:
        return True
    return person in incident.viewers or any(role in incident.viewers for role in roles)
