"""Try a failed step again: a rejected notice, a check that did not hold."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import confirmed, sending_options, settle, yes_option

EXAMPLES = """
Examples:
  incident run retry INC-2026-007 first-notice
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@yes_option
@sending_options
@session
def command(session: Session, incident: str, step: str, yes: int | None, no_work: bool, follow: bool) -> None:
    """Begin a failed step of an open incident anew. A rejected notice is drafted again, from the words as they are now,
    and waits for approval at a fresh gate.
    """
    from incident.cli._values import the_incident
    from incident.run import steering

    console = session.console()
    found = the_incident(session, incident)
    standing = confirmed(
        session, yes, lambda confirm: steering.retry(console.office, found.id, console.actor, step, confirm)
    )
    settle(session, "run-retry", standing, no_work=no_work, follow=follow)
