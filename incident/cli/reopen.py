"""Open an incident again."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident reopen INC-2026-007 --reason 'payments fail again in sh1'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", required=True, help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, reason: str) -> None:
    """Open an incident that was resolved or cancelled. Customers are told nothing by this: send them an update."""
    from incident.cli._values import the_incident
    from incident.run import life

    console = session.console()
    found = the_incident(session, incident)
    standing = life.reopen(console.office, found.id, console.actor, reason)
    session.say(f"Nobody was told. Tell them: incident update {found.id}")
    settle(session, "reopen", standing, no_work=True, follow=False)
