"""Show one recipient."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident audience show c-001
  incident audience show c-001 --show-addresses
"""


@click.command(epilog=EXAMPLES)
@click.argument("recipient")
@click.option("--show-addresses", is_flag=True, help="Addresses in full instead of masked.")
@session
def command(session: Session, recipient: str, show_addresses: bool) -> None:
    """Show the recipient whose id is RECIPIENT, and which of the addresses are on the suppression list."""
    from incident.audience.recipient import ADDRESSES
    from incident.audience.store import show
    from incident.audience.suppression import is_suppressed
    from incident.cli.audience._person import plain

    store = session.console().store
    person = show(store, recipient)
    addresses = {name: getattr(person, name) for name in ADDRESSES}
    suppressed = [name for name, address in addresses.items() if address and is_suppressed(store, address)]
    data = plain(person, show_addresses) | {"suppressed": suppressed}
    rows = [(name, ";".join(value) if isinstance(value, list) else value) for name, value in data.items()]
    session.emit("audience-show", data, session.table(("what", "value"), rows))
