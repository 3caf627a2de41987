"""Send again what is unknown or was given up."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import no_work_option

EXAMPLES = """
Examples:
  incident outbox retry INC-2026-007 --failed
  incident outbox retry 7 first-notice --refused rejected      the relay was misconfigured: these were no refusals
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step", required=False)
@click.option("--failed", is_flag=True, help="What is unknown or was given up; so it is without this option too.")
@click.option(
    "--refused",
    metavar="REASON",
    help="Instead: what was refused for this reason, such as rejected. Only if you know that it was no refusal.",
)
@no_work_option
@session
def command(
    session: Session, incident: str, step: str | None, failed: bool, refused: str | None, no_work: bool
) -> None:
    """Try again what is unknown or was given up after too many tries; never what was refused for good, unless you name
    the reason. What it was stays on record.
    """
    from incident.cli._outbox import act_on, refusal
    from incident.cli._sending import send_due
    from incident.delivery import outbox

    if failed and refused:
        raise click.UsageError("--failed and --refused are two things; give one.")
    console, reason = session.console(), refusal(refused)
    act_on(
        session,
        "retry",
        incident,
        step,
        lambda row: outbox.retry(console.store, row, console.clock(), reason),
        f"refused: {reason}" if reason else None,
    )
    if not no_work:
        send_due(session)
