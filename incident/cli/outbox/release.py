"""Go on with what was held, or with everybody behind a canary."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import confirmed, no_work_option, yes_option

EXAMPLES = """
Examples:
  incident outbox release INC-2026-007 first-notice --yes 48210
  incident outbox release 7                what a rule held goes on; a canary, or quiet hours, are awaited no longer
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@yes_option
@no_work_option
@session
def command(session: Session, incident: str, step: str | None, yes: int | None, no_work: bool) -> None:
    """Go on with what was held, after the count was confirmed again. What a canary or quiet hours keep back goes now,
    too.
    """
    from incident.cli._outbox import act_on
    from incident.cli._sending import send_due
    from incident.delivery import outbox

    console = session.console()

    def release(confirm: outbox.Confirm) -> None:
        act_on(
            session,
            "release",
            incident,
            step,
            lambda row: outbox.release(console.store, row, confirm, console.clock()),
        )

    confirmed(session, yes, release)
    if not no_work:
        send_due(session)
