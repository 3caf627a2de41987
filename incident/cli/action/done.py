"""Tick a follow-up action off."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident action done INC-2026-007 2
  incident action done 7 3 --drop 'the old feed is gone'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--drop", "reason", metavar="REASON", help="It is not needed any more, and why.")
@session
def command(session: Session, incident: str, number: int, reason: str | None) -> None:
    """Say that action NUMBER of an incident is done, or with --drop that it will not be."""
    from incident import lifecycle
    from incident.cli._values import the_incident
    from incident.cli.action._told import action_json

    console = session.console()
    found = the_incident(session, incident)
    done = lifecycle.end_action(
        console.store,
        console.actor,
        console.clock(),
        found.id,
        number,
        state="dropped" if reason else "done",
        reason=reason,
    )
    session.emit("action-done", action_json(done), f"Action {done.no} of {found.id} is {done.state}.")
