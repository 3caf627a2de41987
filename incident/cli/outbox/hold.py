"""Hold what is being sent; nothing is lost."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident outbox hold INC-2026-007
  incident outbox hold 7 first-notice --reason 'wrong link seen'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, step: str | None, reason: str | None) -> None:
    """Hold the broadcasts of an incident, in every process, between two deliveries. `release` goes on."""
    from incident.cli._outbox import act_on
    from incident.delivery import outbox

    act_on(session, "hold", incident, step, lambda row: outbox.hold(session.console().store, row), reason)
