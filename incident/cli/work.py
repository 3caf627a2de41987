"""Work: send what is due, wake runs whose time has come."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident work                            in the foreground, until stopped (see incident-worker.service)
  incident work --until-idle --wait 2m     for cron and scripts
"""


@click.command(epilog=EXAMPLES)
@click.option("--until-idle", is_flag=True, help="End when nothing is due now, or within --wait.")
@click.option("--wait", default="0s", metavar="DURATION", help="With --until-idle: also do what falls due within this.")
@session
def command(session: Session, until_idle: bool, wait: str) -> None:
    """Send what is due, try again what was put off, wake runs and repeat pages. Several workers at once are safe, on
    one machine or many; one that dies is taken over.
    """
    from datetime import timedelta

    from incident.cli._values import duration
    from incident.cli._working import work

    patience = (duration(wait, "--wait") or timedelta(0)) if until_idle else None
    done = work(session, patience)
    session.emit("work", {"idle": until_idle, "ticks": done}, "Nothing is due now." if until_idle else "")
