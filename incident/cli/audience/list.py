"""List recipients, or the addresses that are left alone."""

from __future__ import annotations

from typing import Any

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident audience list
  incident audience list "region == 'sh'" --limit 100
  incident audience list --suppressed
"""


@click.command(epilog=EXAMPLES)
@click.argument("segment", default="everyone")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the segment; a;b is a list."
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("--suppressed", is_flag=True, help="The suppression list instead of recipients.")
@click.option("--show-addresses", is_flag=True, help="Addresses in full instead of masked.")
@session
def command(
    session: Session, segment: str, params: tuple[str, ...], limit: int, suppressed: bool, show_addresses: bool
) -> None:
    """List the first recipients of SEGMENT (default: everyone) by id."""
    if suppressed:
        _suppressed(session, limit, show_addresses)
    else:
        _recipients(session, segment, params, limit, show_addresses)


def _recipients(session: Session, segment: str, params: tuple[str, ...], limit: int, show_addresses: bool) -> None:
    from incident.audience.store import count, find
    from incident.cli.audience._person import plain
    from incident.cli.audience._segment import read_segment

    meant = read_segment(segment, params)
    store = session.console().store
    people = count(store, meant).people
    found = [plain(recipient, show_addresses) for recipient in find(store, meant, most=limit)]
    columns = ("id", "name", "locale", "region", "segments", "email", "phone", "push", "opt_out", "drill")
    table = session.table(columns, [[_cell(person[column]) for column in columns] for person in found])
    session.emit("audience-list", {"segment": str(meant), "people": people, "recipients": found}, table)
    if people > len(found):
        session.say(f"… and {people - len(found):,} more; --limit shows more of them.")


def _suppressed(session: Session, limit: int, show_addresses: bool) -> None:
    from itertools import islice

    from incident.audience.mask import mask
    from incident.audience.suppression import suppressions

    rows: list[dict[str, Any]] = [
        {
            "address": entry.address if show_addresses else mask(entry.address),
            "reason": entry.reason,
            "since": entry.since,
            "by": entry.actor,
        }
        for entry in islice(suppressions(session.console().store), limit)
    ]
    table = session.table(
        ("address", "reason", "since", "by"),
        [[row["address"], row["reason"], session.when(row["since"]), row["by"]] for row in rows],
    )
    session.emit("audience-list", {"suppressed": rows}, table)


def _cell(value: Any) -> str:
    return ";".join(value) if isinstance(value, list) else str(value)
