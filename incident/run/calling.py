"""What a playbook says about calling people out: whom for which role, and who answers for it."""

from __future__ import annotations

from incident.paging import Terms
from incident.playbook.model import Playbook


def terms(playbook: Playbook, priority: str = "high") -> Terms:
    """The terms of a page that is opened by a run of this playbook."""
    role_pages = {name: role.page for name, role in playbook.roles.items() if role.page}
    return Terms(priority=priority, role_pages=role_pages, owners=(playbook.owner,) if playbook.owner else ())
