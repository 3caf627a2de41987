"""Add a task that the playbook does not name."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident task add INC-2026-007 'ask the bank for their log' --owner wang --due 30m
  incident task add 7 'watch the forum' --owner comms
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("text")
@click.option("--owner", required=True, metavar="NAME", help="Who does it: a person or a role.")
@click.option("--due", metavar="WHEN", help="Until when: from now on (30m), or an instant.")
@session
def command(session: Session, incident: str, text: str, owner: str, due: str | None) -> None:
    """Add a task of this night to the list. Nothing waits for it; what is left to do afterwards is an action."""
    from incident import lifecycle
    from incident.cli._values import later, the_incident
    from incident.cli._visible import known_viewers
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    known_viewers(session, acts.seen(console.office, found.id).playbook, (owner,))
    until = None if due is None else later(due, "--due", console.clock())
    made = lifecycle.add_task(console.store, console.actor, console.clock(), found, text, owner, until)
    by = f", by {session.when(until)}" if until else ""
    session.emit(
        "task-add",
        {"incident": found.id, "id": made.id, "title": text, "role": owner, "state": made.state, "due": until},
        f"Task {made.id} of {found.id}: {owner}{by}. Tick it off: incident task done {found.id} {made.id}",
    )
