"""Account for every delivery of an incident."""

from __future__ import annotations

from typing import Any

import click

from incident.cli._frame import Session, session

_ALWAYS = ("accepted", "refused", "suppressed", "pending")
"""Columns that are shown although they are empty; the others only when they hold something."""

EXAMPLES = """
Examples:
  incident reconcile INC-2026-007
  incident reconcile 7 --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@session
def command(session: Session, incident: str) -> None:
    """Count what became of every delivery (broadcast x recipient x channel). The sum adds up, always; if it ever does
    not, the exit code is 21.
    """
    from incident.cli._values import the_incident
    from incident.delivery.reconcile import COLUMNS, EMPTY, reconcile
    from incident.errors import DoesNotAddUp
    from incident.receipt.tally import tally

    found = the_incident(session, incident)
    store = session.console().store
    sums = reconcile(store, found.id)
    receipts = {one.broadcast["step"]: tally(store, one.broadcast["no"]) for one in sums if one.is_notice}
    notices = [one for one in sums if one.is_notice]
    total = sum((one.total for one in notices), EMPTY)
    channels: dict[str, Any] = {}
    for one in notices:
        for channel, part in one.channels.items():
            channels[channel] = channels.get(channel, EMPTY) + part
    told = {
        "incident": found.id,
        **total.to_json(),
        "broadcasts": [
            {
                "id": one.broadcast["id"],
                "step": one.broadcast["step"],
                "message": one.broadcast["message"],
                "state": one.broadcast["state"],
                "people": one.broadcast["people"],
                **one.total.to_json(),
                "once_unknown": one.once_unknown,
                "archived": None if one.archived is None else {"file": one.archived.file, "at": one.archived.at},
                "receipts": receipts[one.broadcast["step"]].to_json(),
                "channels": {channel: part.to_json() for channel, part in one.channels.items()},
                "locales": {locale: part.to_json() for locale, part in one.locales.items()},
            }
            for one in notices
        ],
        "channels": {channel: part.to_json() for channel, part in channels.items()},
        "pages": [
            {"step": one.broadcast["step"], "message": one.broadcast["message"], **one.total.to_json()}
            for one in sums
            if not one.is_notice
        ],
    }
    shown = [column for column in COLUMNS if total.counts[column] or column in _ALWAYS]
    rows: list[tuple[object, ...]] = [
        (one.broadcast["step"], channel, part.audience, *(part.counts[column] for column in shown))
        for one in notices
        for channel, part in one.channels.items()
    ]
    rows.append(("sum", "", total.audience, *(total.counts[column] for column in shown)))
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(total.reasons.items()))
    verdict = "It adds up." if total.adds_up else "IT DOES NOT ADD UP."
    parts = [
        session.table(("broadcast", "channel", "audience", *shown), rows),
        f"Reasons: {reasons or 'none'}",
        verdict,
        *(f"{one.broadcast['step']} is archived in {one.archived.file}." for one in notices if one.archived),
        *(f"Came back of {step}: {counts}" for step, counts in receipts.items() if str(counts)),
    ]
    session.emit("reconcile", told, parts)
    if not total.adds_up:
        raise DoesNotAddUp(f"The ledger of {found.id} does not add up. Keep the database and report it.")
