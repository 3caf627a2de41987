"""Take an address off the suppression list."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident audience unsuppress li@example.com --reason "new mailbox"
"""


@click.command(epilog=EXAMPLES)
@click.argument("address")
@click.option("--reason", required=True, help="Why; it stands in the journal.")
@session
def command(session: Session, address: str, reason: str) -> None:
    """Take ADDRESS off the suppression list: it is written to again."""
    from incident.audience.mask import mask
    from incident.audience.suppression import unsuppress

    console = session.console()
    unsuppress(console.store, address, reason, console.actor, console.clock())
    masked = mask(address.strip())
    session.emit("audience-unsuppress", {"address": masked, "reason": reason}, f"{masked} is written to again.")
