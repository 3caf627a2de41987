"""End a run; the incident stays open."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident run abort INC-2026-007 --reason '…'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, reason: str | None) -> None:
    """End the run of an incident for good. The incident stays open: update and resolve still work."""
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    standing = acts.abort(console.office, the_incident(session, incident).id, console.actor, reason)
    settle(session, "run-abort", standing, no_work=True, follow=False)
