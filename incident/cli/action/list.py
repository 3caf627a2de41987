"""List follow-up actions."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident action list                   open ones of every incident, the first due first
  incident action list INC-2026-007
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@session
def command(session: Session, incident: str | None) -> None:
    """List the actions of one incident, or the open ones of all; what is overdue is marked."""
    from incident import lifecycle
    from incident.cli._values import the_incident
    from incident.cli._visible import visible_ids
    from incident.cli.action._told import action_json

    console = session.console()
    if incident is None:
        seen = visible_ids(session)
        found = [one for one in lifecycle.open_actions(console.store) if seen(one.incident)]
    else:
        found = lifecycle.actions(console.store, the_incident(session, incident).id)
    now = console.clock()
    rows = [
        (
            one.incident,
            one.no,
            one.text,
            one.owner,
            session.when(one.due)[:16] + (" OVERDUE" if one.state == "open" and one.due < now else ""),
            one.state,
        )
        for one in found
    ]
    table = session.table(("incident", "no", "what", "owner", "due", "state"), rows)
    session.emit("action-list", {"actions": [action_json(one) for one in found]}, table if rows else "Nothing is open.")
