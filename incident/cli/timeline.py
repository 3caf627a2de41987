"""Show the timeline of an incident."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident timeline INC-2026-007
  incident timeline 7 --output json > timeline.json
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """Show what happened when, by whom and why; each row carries its place in the journal's hash chain."""
    from incident import journal
    from incident.cli._timeline import told, who
    from incident.cli._values import the_incident

    console = session.console()
    found = the_incident(session, incident)
    entries = list(journal.read(console.store, found.id))
    rows = [(session.when(entry.happened_at), who(entry), entry.kind, told(session, entry)) for entry in entries]
    documents = [{**entry.to_json(), "previous": entry.previous, "hash": entry.hash} for entry in entries]
    zone = f"Times are {console.organisation.time_zone}."
    session.emit(
        "timeline",
        {"incident": found.id, "entries": documents},
        [session.table(("when", "who", "what", "details"), rows), zone],
    )
