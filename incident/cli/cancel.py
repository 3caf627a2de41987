"""End an incident that was a false alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

if TYPE_CHECKING:
    from incident.wiring import Console

EXAMPLES = """
Examples:
  incident cancel INC-2026-007 --reason 'a sensor, not a flood'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", required=True, help="Why it was none; it stands on the timeline.")
@session
def command(session: Session, incident: str, reason: str) -> None:
    """Cancel: the run ends and what was not sent yet is stopped. Whoever was told already hears nothing by itself:
    send a correction.
    """
    from incident import respond
    from incident.cli._values import the_incident

    console = session.console()
    found = the_incident(session, incident)
    standing, stopped = respond.cancel(console.office, console.actor, found.id, reason)
    session.say(f"{stopped} deliveries were stopped.")
    for step in told_by(console, found.id):
        session.say(f"Customers were told by '{step}'; tell them: incident correct {found.id} {step}")
    settle(session, "cancel", standing, no_work=True, follow=False, stopped=stopped)


def told_by(console: Console, incident: str) -> list[str]:
    """The notices that somebody got."""
    from incident.delivery.reconcile import reconcile

    sums = reconcile(console.store, incident)
    return [one.broadcast["step"] for one in sums if one.is_notice and one.total.counts["accepted"]]
