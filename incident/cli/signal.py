"""Tell a run that something outside has happened."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident signal INC-2026-007 recovered
  incident signal 7 bank-answered state=up by=hotline
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("name")
@click.argument("values", nargs=-1, metavar="NAME=VALUE...")
@sending_options
@session
def command(session: Session, incident: str, name: str, values: tuple[str, ...], no_work: bool, follow: bool) -> None:
    """Bring the signal NAME to the run of an incident; a step that waits for it goes on. Expressions read its values as
    signals['NAME'].
    """
    from incident.cli._values import pairs, the_incident
    from incident.run import steering

    console = session.console()
    found = the_incident(session, incident)
    standing = steering.signal(console.office, found.id, console.actor, name, pairs(values, "VALUES"))
    settle(session, "signal", standing, no_work=no_work, follow=follow)
