"""Merge an incident into another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.cli._release import settle

if TYPE_CHECKING:
    from incident.lifecycle import Incident

EXAMPLES = """
Examples:
  incident merge INC-2026-008 --into INC-2026-007 --reason 'the same outage'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--into", required=True, metavar="INCIDENT", help="The incident in which it lives on.")
@click.option("--reason", help="Why; it stands on both timelines.")
@session
def command(session: Session, incident: str, into: str, reason: str | None) -> None:
    """End a duplicate without a notice. Whoever was told in it hears the updates, corrections and last word of the
    other one, which owes them the word that was promised. What is a part of a larger
    incident and goes its own way is adopted.
    """
    from incident import respond
    from incident.cli._values import the_incident

    console = session.console()
    found, target = the_incident(session, incident), the_incident(session, into)
    standing, stopped = respond.merge(console.office, console.actor, found.id, target.id, reason)
    session.say(f"{found.id} lives on in {target.id}; {stopped} deliveries were stopped.")
    told = _still_waiting(session, found, target)
    settle(session, "merge", standing, no_work=True, follow=False, merged_into=target.id, stopped=stopped, **told)


def _still_waiting(session: Session, merged: Incident, target: Incident) -> dict[str, Any]:
    """Who waits for word from the merged incident, and where it comes from; which deadlines it still has."""
    from incident import lifecycle
    from incident.delivery.source import people_told
    from incident.duty import clocks

    store = session.console().store
    people = people_told(store, merged.id)
    promised = lifecycle.get(store, target.id, 0).promised_at
    running = clocks.running_of(store, merged.id)
    if people:
        due = f", promised for {session.when(promised)}" if promised else ""
        session.say(f"{people:,} people were told in it. They hear the next word{due}: incident update {target.id}")
    for one in running:
        session.say(f"{one.id} runs on, due {session.when(one.due)}: incident clock submit {merged.id} {one.id}")
    return {"people": people, "next_update": promised, "clocks": [one.id for one in running]}
