"""Make an incident a part of a larger one."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident adopt INC-2026-008 --parent INC-2026-007 --reason 'the same cable'
  incident adopt 8 --release --reason 'it was another cable'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--parent", metavar="INCIDENT", help="The larger incident, whose child it is from now on.")
@click.option("--release", is_flag=True, help="It is nobody's child any more.")
@click.option("--reason", help="Why; it stands on both timelines.")
@session
def command(session: Session, incident: str, parent: str | None, release: bool, reason: str | None) -> None:
    """Make an open incident the child of another, with a commander, words and an end of its own; the parent does not
    end before it. Customers are told nothing by this, and who may see which stays as it is. A duplicate is merged.
    """
    from incident.cli._values import the_incident
    from incident.errors import BadValue
    from incident.run import life

    if release == bool(parent):
        raise BadValue("Name the larger incident with --parent, or say --release.")
    console = session.console()
    found = the_incident(session, incident)
    if parent:
        larger = the_incident(session, parent).id
        life.adopt(console.office, found.id, console.actor, larger, reason)
        told = f"{found.id} is a child of {larger}, which does not end before it."
    else:
        larger = None
        life.release(console.office, found.id, console.actor, reason)
        told = f"{found.id} is no child of {found.parent} any more."
    session.emit("adopt", {"incident": found.id, "parent": larger, "before": found.parent}, told)
