"""Leave what is unknown as it is."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident outbox drop INC-2026-007 --reason 'the provider says they arrived'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, step: str | None, reason: str | None) -> None:
    """Decide that unknown deliveries are not sent again; they stay unknown, with the reason dropped."""
    from incident.cli._outbox import act_on
    from incident.delivery import outbox

    act_on(session, "drop", incident, step, lambda row: outbox.drop(session.console().store, row), reason)
