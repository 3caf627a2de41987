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
  incident cancel DRILL-2026-002 --no-play        something real has happened: the drill ends at once
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", help="Why it was none; it stands on the timeline. Needed, but for --no-play.")
@click.option("--no-play", is_flag=True, help="End a drill at once, and tell everybody who was in it NO PLAY.")
@click.option("--force", is_flag=True, help="Although a child of it is open; the reason says why.")
@session
def command(session: Session, incident: str, reason: str | None, no_play: bool, force: bool) -> None:
    """Cancel: the run ends and what was not sent yet is stopped. Whoever was told already hears nothing by itself:
    send a correction.
    """
    if not reason and not no_play:
        raise click.UsageError("Why was it none? --reason 'a sensor, not a flood'")
    from incident import respond
    from incident.cli._values import the_incident

    console = session.console()
    found = the_incident(session, incident)
    standing, stopped = respond.cancel(
        console.office, console.actor, found.id, reason or "NO PLAY", abort=no_play, force=force
    )
    session.say(f"{stopped} deliveries were stopped.")
    say_who_goes_on(session, found.id, "--no-play" if no_play else "--reason '…'")
    if no_play:
        settle(session, "cancel", standing, no_work=False, follow=False, stopped=stopped, no_play=True)
        return
    for step in told_by(console, found.id):
        session.say(f"Customers were told by '{step}'; tell them: incident correct {found.id} {step}")
    settle(session, "cancel", standing, no_work=True, follow=False, stopped=stopped, no_play=False)


def say_who_goes_on(session: Session, incident: str, more: str) -> None:
    """The children that are open still: their parent's end is not theirs."""
    from incident import lifecycle

    for child in lifecycle.open_children(session.console().store, incident):
        session.say(f"{child} was its child, and goes on: incident cancel {child} {more}")


def told_by(console: Console, incident: str) -> list[str]:
    """The notices that somebody got."""
    from incident.delivery.reconcile import reconcile

    sums = reconcile(console.store, incident)
    return [one.broadcast["step"] for one in sums if one.is_notice and one.total.counts["accepted"]]
