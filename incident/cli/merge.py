"""Merge an incident into another one."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident merge INC-2026-008 --into INC-2026-007 --reason 'the same outage'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--into", required=True, metavar="INCIDENT", help="The incident in which it lives on.")
@click.option("--reason", help="Why; it stands on both timelines.")
@session
def command(session: Session, incident: str, into: str, reason: str | None) -> None:
    """End a duplicate, or a part of a larger incident, without a notice. Whoever was told in it hears the updates,
    corrections and last word of the other one.
    """
    from incident import respond
    from incident.cli._values import the_incident

    console = session.console()
    found, target = the_incident(session, incident), the_incident(session, into)
    standing, stopped = respond.merge(console.office, console.actor, found.id, target.id, reason)
    session.say(f"{found.id} lives on in {target.id}; {stopped} deliveries were stopped.")
    settle(session, "merge", standing, no_work=True, follow=False, merged_into=target.id, stopped=stopped)
