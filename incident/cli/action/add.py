"""Add a follow-up action."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident action add INC-2026-007 'second feed for row 4' --owner wang --due 14d
  incident action add 7 'test the holding statement' --owner li --due 2026-12-01T18:00:00+08:00
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("text")
@click.option("--owner", required=True, metavar="PERSON", help="Who does it: one person.")
@click.option("--due", required=True, metavar="WHEN", help="Until when: from now on (14d), or an instant.")
@session
def command(session: Session, incident: str, text: str, owner: str, due: str) -> None:
    """Write down what is to be done so that it does not come again. It outlives the incident."""
    from incident import lifecycle, registry
    from incident.cli._values import later, the_incident
    from incident.cli.action._told import action_json
    from incident.errors import NotFound

    console = session.console()
    found = the_incident(session, incident)
    if owner not in console.people:
        raise NotFound(f"There is no person '{owner}'. {registry.nearest(owner, console.people)}")
    until = later(due, "--due", console.clock())
    made = lifecycle.add_action(console.store, console.actor, console.clock(), found.id, text, owner, until)
    session.emit("action-add", action_json(made), f"Action {made.no} of {found.id}: {owner}, by {session.when(until)}.")
