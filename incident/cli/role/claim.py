"""Take a role in an incident."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident role claim INC-2026-007 commander
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("role")
@session
def command(session: Session, incident: str, role: str) -> None:
    """Take a role that nobody holds. If somebody does, that person hands it over."""
    from incident.cli._values import the_incident
    from incident.run import roles

    console = session.console()
    found = the_incident(session, incident)
    person = console.people[console.actor.person]
    roles.claim(console.office, found.id, console.actor, person, role)
    session.emit("role-claim", {"incident": found.id, "role": role, "person": person.id}, f"{person.id} is {role}.")
