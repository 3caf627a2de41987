"""List the deadlines of authorities, the first due first."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident clock list                       all that run, of every incident
  incident clock list INC-2026-007          all of one incident, whatever became of them
  incident clock list --all --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that have ended too, the newest 200.")
@session
def command(session: Session, incident: str | None, everything: bool) -> None:
    """List clocks with what is left of their time. What is overdue is red."""
    from incident.cli._values import the_incident
    from incident.cli._visible import visible_ids
    from incident.cli.clock._shown import table, to_json
    from incident.duty import clocks

    console = session.console()
    now = console.clock()
    if incident is not None:
        found = clocks.of_incident(console.store, the_incident(session, incident).id)
    else:
        every = clocks.latest(console.store) if everything else clocks.running(console.store)
        seen = visible_ids(session)
        found = [one for one in every if seen(one.incident)]
    shown = table(session, found, now, incidents=incident is None)
    data = {"clocks": [to_json(one, now) for one in found]}
    session.emit("clock-list", data, shown if found else "No clock runs. Rules: incident clock rules")
