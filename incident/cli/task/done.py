"""Tick a task off."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident task done INC-2026-007 open-hotline
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("task")
@sending_options
@session
def command(session: Session, incident: str, task: str, no_work: bool, follow: bool) -> None:
    """Tick a task off; what waited for it goes on."""
    from incident.cli._values import the_incident
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    standing = acts.finish_task(console.office, found.id, console.actor, task)
    settle(session, "task-done", standing, no_work=no_work, follow=follow)
