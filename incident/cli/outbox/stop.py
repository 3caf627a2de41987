"""Stop what is being sent, for good."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident outbox stop INC-2026-007 first-notice --reason 'wrong audience'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, step: str | None, reason: str | None) -> None:
    """Stop for good, in every process at once: what was not sent never will be, and says why in the ledger."""
    from incident.cli._outbox import act_on
    from incident.delivery import outbox

    store = session.console().store
    for broadcast in act_on(session, "stop", incident, step, lambda row: outbox.halt(store, row), reason):
        outbox.settle_stopped(store, broadcast)
