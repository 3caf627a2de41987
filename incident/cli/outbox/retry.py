"""Send again what is unknown or was given up."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import no_work_option

EXAMPLES = """
Examples:
  incident outbox retry INC-2026-007
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@no_work_option
@session
def command(session: Session, incident: str, step: str | None, no_work: bool) -> None:
    """Try again what is unknown or was given up after too many tries; never what was refused for good."""
    from incident.cli._outbox import act_on
    from incident.cli._sending import send_due
    from incident.delivery import outbox

    console = session.console()
    act_on(session, "retry", incident, step, lambda row: outbox.retry(console.store, row, console.clock()))
    if not no_work:
        send_due(session)
