"""What a playbook says about calling people out: whom for which role, and who answers for it."""

from __future__ import annotations

from incident import paging
from incident.duty import clocks
from incident.paging import Terms
from incident.playbook.model import Playbook
from incident.store import Store

BREAK_GLASS = "break-glass."
"""Begins the names of the pages that tell of a gate which one person opened alone."""


def terms(playbook: Playbook, priority: str = "high") -> Terms:
    """The terms of a page that is opened by a run of this playbook."""
    role_pages = {name: role.page for name, role in playbook.roles.items() if role.page}
    return Terms(priority=priority, role_pages=role_pages, owners=(playbook.owner,) if playbook.owner else ())


def hang_up(store: Store, incident: str) -> None:
    """Ends the calls of an incident that has ended; not those that outlive it: a report that is still owed to an
    authority, and what one person did alone."""
    paging.close_all(store, incident, but=(clocks.PAGES, BREAK_GLASS))
