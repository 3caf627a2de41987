"""Acknowledge a page: somebody is awake."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident ack INC-2026-007
"""

_UNSEEN = ("state", "phase", "severity", "drill", "run", "next_due")
"""What of the document is null for whoever may not see the incident."""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """Acknowledge the open pages of an incident: nobody is paged again for them, until the acknowledgement runs out
    where a policy says so; type it again to renew it. Customers are told nothing. Whoever was called may, also when
    they may not see the incident.
    """
    from incident import paging
    from incident.cli._values import called_to, the_incident
    from incident.run import acts

    console = session.console()
    if blind := called_to(session, incident):
        acts.acknowledge(console.office, blind, console.actor)
        words = f"{blind}: acknowledged; nobody calls you again for it. It is restricted: this shows nothing of it."
        session.emit("ack", {**dict.fromkeys(_UNSEEN), "incident": blind, "waiting_for": [], "missing": []}, words)
        return
    found = the_incident(session, incident)
    standing = acts.acknowledge(console.office, found.id, console.actor)
    left = paging.missing(console.store, found.id)
    lines = [f"Still to acknowledge, each for themselves: {', '.join(left)}"] if left else []
    settle(session, "ack", standing, no_work=True, follow=False, lines=lines, missing=left)
