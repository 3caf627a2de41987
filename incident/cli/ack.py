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
    """Acknowledge the open pages of an incident: nobody is paged again for them. Customers are told nothing."""
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    standing = acts.acknowledge(console.office, the_incident(session, incident).id, console.actor)
    settle(session, "ack", standing, no_work=True, follow=False)
