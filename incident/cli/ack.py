"""Acknowledge a page: somebody is awake."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident ack INC-2026-007
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """Acknowledge the open pages of an incident: nobody is paged again for them, until the acknowledgement runs out
    where a policy says so; type it again to renew it. Customers are told nothing.
    """
    from incident import paging
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    standing = acts.acknowledge(console.office, found.id, console.actor)
    left = paging.missing(console.store, found.id)
    lines = [f"Still to acknowledge, each for themselves: {', '.join(left)}"] if left else []
    settle(session, "ack", standing, no_work=True, follow=False, lines=lines, missing=left)
