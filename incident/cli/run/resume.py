"""Resume a run that was paused, or that has failed."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident run resume INC-2026-007 --reason '…'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, reason: str | None) -> None:
    """Resume the run of an incident. A step that failed no longer stops the steps after it."""
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    standing = acts.resume(console.office, the_incident(session, incident).id, console.actor, reason)
    settle(session, "run-resume", standing, no_work=True, follow=False)
