"""Call a person or a role out."""

from __future__ import annotations

from datetime import timedelta

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident page INC-2026-007 commander --text 'sh1 is under water, take over'
  incident page 7 li wang --repeat 3m --text 'call the bridge'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("targets", nargs=-1, required=True, metavar="PERSON|ROLE...")
@click.option("--text", required=True, help="What they read; short, it must fit into an SMS.")
@click.option(
    "--repeat", default="5m", show_default=True, metavar="DURATION", help="By the next contact after this long."
)
@sending_options
@session
def command(
    session: Session, incident: str, targets: tuple[str, ...], text: str, repeat: str, no_work: bool, follow: bool
) -> None:
    """Call people out by their contacts, one after the other, until somebody acknowledges (`incident ack`)."""
    from incident.cli._values import duration, the_incident
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    after = duration(repeat, "--repeat") or timedelta(minutes=5)
    standing = acts.page(console.office, found.id, console.actor, targets, text, after)
    settle(session, "page", standing, no_work=no_work, follow=follow)
