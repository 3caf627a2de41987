"""Pause a run: nothing starts until it is resumed."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident run pause INC-2026-007 --reason '…'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, reason: str | None) -> None:
    """Pause the run of an incident. Notices that you ask for by hand still go their way."""
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    standing = acts.pause(console.office, the_incident(session, incident).id, console.actor, reason)
    settle(session, "run-pause", standing, no_work=True, follow=False)
