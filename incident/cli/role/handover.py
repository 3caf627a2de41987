"""Hand a role over to another person."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident role handover INC-2026-007 commander wang --reason 'end of my night'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("role")
@click.argument("person")
@click.option("--reason", help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, role: str, person: str, reason: str | None) -> None:
    """Give a role to PERSON, who may hold it. Who did it is on the timeline."""
    from incident import registry
    from incident.cli._values import the_incident
    from incident.errors import NotFound
    from incident.run import roles

    console = session.console()
    found = the_incident(session, incident)
    if person not in console.people:
        raise NotFound(f"There is no person '{person}'. {registry.nearest(person, console.people)}")
    roles.hand_over(console.office, found.id, console.actor, console.people[person], role, reason)
    session.emit("role-handover", {"incident": found.id, "role": role, "person": person}, f"{person} is {role} now.")
