"""List incidents."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident list
  incident list --all --output json
"""


@click.command(epilog=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Those that have ended too, the newest 200.")
@session
def command(session: Session, everything: bool) -> None:
    """List the open incidents, newest first."""
    from incident import lifecycle
    from incident.shape import choose

    console = session.console()
    incidents = lifecycle.listed(console.store, everything=everything)
    locales = ("", *console.organisation.locales)
    told = [
        {
            "incident": i.id,
            "title": choose(i.title, locales),
            "state": i.state,
            "phase": i.phase,
            "severity": i.severity,
            "playbook": i.playbook,
            "declared_by": i.declared_by,
            "declared_at": i.declared_at,
            "next_update": i.promised_at,
        }
        for i in incidents
    ]
    rows = [
        (
            i.id,
            i.severity,
            i.state,
            i.phase,
            choose(i.title, locales),
            session.when(i.declared_at)[:16],
            _promise(session, i),
        )
        for i in incidents
    ]
    table = session.table(("incident", "severity", "state", "phase", "title", "declared", "next update"), rows)
    session.emit("list", {"incidents": told}, table if rows else "No incident is open. All: incident list --all")


def _promise(session: Session, incident: object) -> str:
    from incident.cli._countdown import countdown

    promised = getattr(incident, "promised_at", None)
    return "" if promised is None else countdown(promised, session.console().clock())
