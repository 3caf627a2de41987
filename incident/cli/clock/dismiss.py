"""Decide that nothing is reported, with the reason."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident clock dismiss INC-2026-007 cn-cac-operator --reason 'below the limits of grade 3: 40 minutes, no data'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("clock")
@click.option("--reason", required=True, help="Why nothing is owed; an auditor will ask for it.")
@session
def command(session: Session, incident: str, clock: str, reason: str) -> None:
    """Stop CLOCK because nothing is to be reported: who decided it, when and why stay on record."""
    from incident.cli._values import the_incident
    from incident.cli.clock._shown import to_json
    from incident.run import duties

    console = session.console()
    found = the_incident(session, incident)
    done = duties.dismiss_clock(console.office, found.id, console.actor, clock, reason)
    session.emit(
        "clock-dismiss", to_json(done, console.clock()), f"{done.id} is dismissed by {done.ended_by}: {reason}"
    )
