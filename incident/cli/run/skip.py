"""Go on without a step that failed, waits, or may have been done."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident run skip INC-2026-007 open-hotline --reason 'the hotline is open, we have called it'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@click.option("--reason", help="Why; it stands on the timeline.")
@sending_options
@session
def command(session: Session, incident: str, step: str, reason: str | None, no_work: bool, follow: bool) -> None:
    """Go on without a step: one that has failed, that waits for something that will not come, or of which nobody knows
    whether it was done. What needs it may start.
    """
    from incident.cli._values import the_incident
    from incident.run import steering

    console = session.console()
    found = the_incident(session, incident)
    standing = steering.skip(console.office, found.id, console.actor, step, reason)
    settle(session, "run-skip", standing, no_work=no_work, follow=follow)
