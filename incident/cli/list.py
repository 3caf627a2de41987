"""List incidents."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.lifecycle import Incident

EXAMPLES = """
Examples:
  incident list
  incident list --all --output json
"""


@click.command(epilog=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Those that have ended too, the newest 200.")
@session
def command(session: Session, everything: bool) -> None:
    """List the open incidents, newest first, then those that are over and still owe a report to an authority."""
    from incident import lifecycle
    from incident.cli._visible import may_see
    from incident.duty import clocks
    from incident.shape import choose

    console = session.console()
    deadlines = clocks.next_due(console.store)
    every = lifecycle.listed(console.store, everything=everything)
    over = sorted(deadlines.keys() - {one.id for one in every})
    every += [lifecycle.get(console.store, name, 0) for name in over]
    incidents = [one for one in every if may_see(session, one)]
    if len(incidents) < len(every):
        session.say(f"{len(every) - len(incidents)} restricted, not shown to you.")
    broken = {row["incident"] for row in console.store.queries("incident.run").broken_gates()}
    locales = ("", *console.organisation.locales)
    told = [
        {
            "incident": i.id,
            "title": choose(i.title, locales),
            "state": i.state,
            "phase": i.phase,
            "severity": i.severity,
            "drill": i.drill,
            "parent": i.parent,
            "merged_into": i.merged_into,
            "playbook": i.playbook,
            "declared_by": i.declared_by,
            "declared_at": i.declared_at,
            "next_update": i.promised_at,
            "break_glass": i.id in broken,
            "next_deadline": deadlines.get(i.id),
        }
        for i in incidents
    ]
    rows = [
        (
            i.id,
            f"{i.severity} BREAK-GLASS" if i.id in broken else i.severity,
            _state(i),
            i.phase,
            choose(i.title, locales),
            session.when(i.declared_at)[:16],
            _left(session, i.promised_at),
            _left(session, deadlines.get(i.id)),
        )
        for i in incidents
    ]
    nothing = "No incident that you may see is open." if len(incidents) < len(every) else "No incident is open."
    table = session.table(
        ("incident", "severity", "state", "phase", "title", "declared", "next update", "deadline"), rows
    )
    session.emit("list", {"incidents": told}, table if rows else f"{nothing} All: incident list --all")


def _state(incident: Incident) -> str:
    """With what it is besides: an exercise, a part of another one, a duplicate that lives on there."""
    state = f"merged into {incident.merged_into}" if incident.merged_into else incident.state
    return f"{'EXERCISE, ' * incident.drill}{state}" + (f", child of {incident.parent}" if incident.parent else "")


def _left(session: Session, due: datetime | None) -> str:
    from incident.cli._countdown import countdown

    return "" if due is None else countdown(due, session.console().clock())
