"""Say how severe an incident is."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident severity INC-2026-007 sev1 --reason 'all regions now'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("severity", type=click.Choice(["sev1", "sev2", "sev3", "sev4"]))
@click.option("--reason", required=True, help="Why; it stands on the timeline.")
@sending_options
@session
def command(session: Session, incident: str, severity: str, reason: str, no_work: bool, follow: bool) -> None:
    """Make an incident more or less severe, sev1 being the worst. Customers are told nothing by this; how often they
    must hear of us changes with it.
    """
    from incident.cli._values import the_incident
    from incident.run import life

    console = session.console()
    found = the_incident(session, incident)
    standing = life.set_severity(console.office, found.id, console.actor, severity, reason)
    settle(session, "severity", standing, no_work=no_work, follow=follow)
