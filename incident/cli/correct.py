"""Correct an earlier notice, to exactly those who got it."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._notice import NoticeOptions, notice_options, send_notice

EXAMPLES = """
Examples:
  incident correct INC-2026-007 first-notice --text en='…' --text zh-Hans='…' --text zh-Hant='…'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@notice_options
@session
def command(session: Session, incident: str, step: str, options: NoticeOptions) -> None:
    """Send a correction of STEP's notice to exactly those in the ledger who got it, or may have."""
    send_notice(session, incident, "correction", options, name="correct", corrects=step)
