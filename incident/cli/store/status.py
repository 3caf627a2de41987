"""Show the database's version and state."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident store status
  incident store status --output json
"""


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """Show where the database is, its version and the one this program needs. Works on an older or newer one too."""
    from incident.store import versions

    store = session.console().bare_store()
    present, newest = versions(store)
    state = "empty" if not present else "current" if present == newest else "older" if present < newest else "newer"
    advice = {
        "empty": "It has no tables yet; the first command that uses it makes them.",
        "current": "Nothing to do.",
        "older": "Migrate it with: incident store migrate   (it makes a backup first)",
        "newer": "Use the newer incident that made it.",
    }
    session.emit(
        "store-status",
        {"dialect": store.dialect, "version": present, "newest": newest, "state": state},
        f"{store.dialect}, version {present}; this program needs {newest}: {state}. {advice[state]}",
    )
