"""List what is being sent."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident outbox list
  incident outbox list INC-2026-007
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@session
def command(session: Session, incident: str | None) -> None:
    """List unfinished broadcasts, or all of one incident."""
    from incident.cli._outbox import waiting_json, waiting_words, waits_of
    from incident.cli._values import the_incident
    from incident.cli._visible import visible_ids
    from incident.delivery import outbox
    from incident.delivery.reconcile import sum_of

    console = session.console()
    name = the_incident(session, incident).id if incident else None
    found = outbox.find(console.store, name) if name is None or outbox.any_of(console.store, name) else []
    seen = visible_ids(session)
    sums = [sum_of(console.store, row) for row in found if name or seen(row["incident"])]
    waits = waits_of(session, found)
    told = [
        {
            "incident": one.broadcast["incident"],
            "step": one.broadcast["step"],
            "message": one.broadcast["message"],
            "state": one.broadcast["state"],
            **waiting_json(waits[one.broadcast["no"]]),
            **one.total.to_json(),
        }
        for one in sums
    ]
    rows = [
        (
            one.broadcast["incident"],
            one.broadcast["step"],
            one.broadcast["state"],
            one.total.audience,
            one.total.counts["accepted"],
            one.total.counts["pending"],
            one.total.counts["unknown"],
            waiting_words(session, waits[one.broadcast["no"]]),
        )
        for one in sums
    ]
    columns = ("incident", "step", "state", "rows", "accepted", "pending", "unknown", "waits for")
    table = session.table(columns, rows)
    session.emit("outbox-list", {"broadcasts": told}, table if rows else "Nothing is being sent.")
