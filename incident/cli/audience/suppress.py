"""Send nothing more to an address."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident audience suppress li@example.com --reason "asked by phone"
  incident audience suppress +8613800000001 --reason bounced
"""


@click.command(epilog=EXAMPLES)
@click.argument("address")
@click.option("--reason", required=True, help="Why; it stands in the journal.")
@session
def command(session: Session, address: str, reason: str) -> None:
    """Put ADDRESS on the suppression list: an e-mail address, a phone number or a push address, whoever's it is."""
    from incident.audience.mask import mask
    from incident.audience.suppression import suppress

    console = session.console()
    suppress(console.store, address, reason, console.actor, console.clock())
    masked = mask(address.strip())
    session.emit("audience-suppress", {"address": masked, "reason": reason}, f"Nothing more is sent to {masked}.")
