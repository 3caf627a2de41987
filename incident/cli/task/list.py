"""List the tasks of an incident."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident task list INC-2026-007
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """List the tasks of an incident, open and done."""
    from incident import lifecycle
    from incident.cli._values import the_incident

    found = the_incident(session, incident)
    tasks = lifecycle.tasks(session.console().store, found.id)
    rows = [(t.id, t.title, t.role, t.state, session.when(t.due), t.done_by) for t in tasks]
    told = [
        {"id": t.id, "title": t.title, "role": t.role, "state": t.state, "due": t.due, "done_by": t.done_by}
        for t in tasks
    ]
    table = session.table(("task", "what", "role", "state", "due", "done by"), rows)
    session.emit("task-list", {"incident": found.id, "tasks": told}, table)
