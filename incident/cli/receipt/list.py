"""List what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.store import Row

EXAMPLES = """
Examples:
  incident receipt list
  incident receipt list INC-2026-007 --kind bounced
"""

_KINDS = ("delivered", "bounced", "complained", "delayed")


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@click.option("--kind", type=click.Choice(_KINDS), help="Only these.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("--show-addresses", is_flag=True, help="Addresses in full instead of masked.")
@session
def command(session: Session, incident: str | None, kind: str | None, limit: int, show_addresses: bool) -> None:
    """List the newest receipts, of all or of one INCIDENT."""
    from incident.audience.mask import mask
    from incident.cli._values import the_incident
    from incident.now import at

    name = the_incident(session, incident).id if incident else None
    told = [
        {
            "incident": row["incident"],
            "step": row["step"],
            "recipient": row["recipient"],
            "channel": row["channel"],
            "address": row["address"] if show_addresses else mask(row["address"]),
            "kind": row["kind"],
            "permanent": bool(row["permanent"]),
            "sure": bool(row["sure"]),
            "code": row["code"],
            "enhanced": row["enhanced"],
            "words": row["words"],
            "happened_at": at(row["happened_at"]),
            "recorded_at": at(row["recorded_at"]),
        }
        for row in _newest(session, name, kind, limit)
    ]
    columns = ("incident", "step", "recipient", "channel", "address", "kind", "enhanced", "words")
    rows = [(*(one[column] for column in columns), session.when(one["happened_at"])) for one in told]
    table = session.table((*columns, "when"), rows)
    session.emit("receipt-list", {"receipts": told}, table if rows else "Nothing has come back.")


def _newest(session: Session, incident: str | None, kind: str | None, limit: int) -> list[Row]:
    """The newest receipts of what the person may see; it looks further back until there are enough of them."""
    from incident.cli._visible import visible_ids
    from incident.receipt.tally import listed

    store, seen, most = session.console().store, visible_ids(session), limit
    while True:
        rows = list(listed(store, incident=incident, kind=kind, most=most))
        shown = [row for row in rows if seen(row["incident"])]
        if len(shown) >= limit or len(rows) < most:
            return shown[:limit]
        most *= 4
