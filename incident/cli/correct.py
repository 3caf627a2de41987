"""Correct an earlier notice, to exactly those who got it."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._notice import NoticeOptions, notice_options, send_notice

EXAMPLES = """
Examples:
  incident correct 7 update-2 --retract 'the wrong region' --text en='…' --text zh-Hans='…' --text zh-Hant='…'
  incident correct INC-2026-007 first-notice --text en='…' --text zh-Hans='…' --text zh-Hant='…'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@click.option(
    "--retract",
    "reason",
    metavar="REASON",
    help="It should never have been sent: what has not left of it is stopped at once, before anything is asked.",
)
@notice_options
@session
def command(session: Session, incident: str, step: str, reason: str | None, options: NoticeOptions) -> None:
    """Send a correction of STEP's notice to exactly those in the ledger who got it, or may have."""
    if reason is not None:
        _stop_the_rest(session, incident, step, reason)
    send_notice(session, incident, "correction", options, name="correct", corrects=step)


def _stop_the_rest(session: Session, incident: str, step: str, reason: str) -> None:
    from incident import respond
    from incident.cli._values import the_incident
    from incident.run import notices

    console = session.console()
    found = the_incident(session, incident)
    notices.check_corrected(console.office, found.id, step)
    rows = respond.retract(console.office, console.actor, found.id, step, reason)
    session.say(f"{rows} deliveries of '{step}' were stopped.")
