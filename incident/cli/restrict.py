"""Say who among the staff may see an incident."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident restrict INC-2026-007 --to commander --to wang --reason 'an open hole'
  incident restrict 7 --everyone --reason 'the hole is closed'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--to", "viewers", multiple=True, metavar="NAME", help="A person or a role; may be given several times.")
@click.option("--everyone", is_flag=True, help="All staff may see it again.")
@click.option("--reason", required=True, help="Why; it stands on the timeline.")
@session
def command(session: Session, incident: str, viewers: tuple[str, ...], everyone: bool, reason: str) -> None:
    """Restrict an incident to named people and roles, whoever declared it, and yourself. Others cannot show, list,
    explain or export it; who looks at it stands on its timeline. Its state and what the public knows stay as they are.
    """
    from incident import lifecycle
    from incident.cli._values import the_incident
    from incident.cli._visible import known_viewers, say_who_cannot
    from incident.errors import BadValue
    from incident.run import acts

    if everyone == bool(viewers):
        raise BadValue("Name who may see it with --to, or say --everyone.")
    console = session.console()
    found = the_incident(session, incident)
    playbook = acts.seen(console.office, found.id).playbook
    known_viewers(session, playbook, viewers)
    named = [] if everyone else list(dict.fromkeys([*viewers, console.actor.person]))
    with console.store.transaction():
        lifecycle.restrict(console.store, console.actor, console.clock(), found, named, reason)
    visibility = "everyone" if everyone else "restricted"
    told = f"{found.id} is visible to everyone." if everyone else f"{found.id} is restricted to {', '.join(named)}."
    say_who_cannot(session, found.id, playbook)
    session.emit("restrict", {"incident": found.id, "visibility": visibility, "viewers": named}, told)
