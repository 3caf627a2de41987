"""Hand an incident over to the next person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.lifecycle import Incident

EXAMPLES = """
Examples:
  incident handover INC-2026-007                             read it
  incident handover INC-2026-007 --to wang                   offer it: wang gets it to read
  incident handover INC-2026-007 --accept --as wang          wang has read it, and is commander now
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--to", "taker", metavar="PERSON", help="Offer the role to this person, with the document as it is now.")
@click.option("--role", default="commander", metavar="ROLE", help="The role that is handed over.")
@click.option("--accept", is_flag=True, help="Take what was offered to you: the role is yours from now on.")
@session
def command(session: Session, incident: str, taker: str | None, role: str, accept: bool) -> None:
    """Write what the next person must know: status, open questions, the last public words and their time, the next
    promise, running clocks, who holds what, pages nobody answered, open tasks. Offered and accepted, it is on record
    with its hash.
    """
    from incident.cli._values import the_incident
    from incident.errors import BadValue

    if accept and taker:
        raise BadValue("Either offer it with --to, or take it with --accept.")
    found = the_incident(session, incident)
    if accept:
        _accept(session, found)
    else:
        _tell(session, found, taker, role)


def _tell(session: Session, found: Incident, taker: str | None, role: str) -> None:
    from incident import registry
    from incident.cli._output import document as as_json
    from incident.errors import NotFound
    from incident.lifecycle import handovers
    from incident.review import handover, markdown
    from incident.run.roles import check
    from incident.shape import choose

    console = session.console()
    title = choose(found.title, ("", *console.organisation.locales))
    brief = handover.brief(console.office, found, title)
    told: dict[str, Any] = {**brief.to_json(), "role": role, "to": taker, "state": "shown", "sha256": None}
    if taker is not None:
        if taker not in console.people:
            raise NotFound(f"There is no person '{taker}'. {registry.nearest(taker, console.people)}")
        check(console.office, found.id, console.people[taker], role)
        text = as_json("handover", brief.to_json())
        offered = handovers.offer(console.store, console.actor, console.clock(), found.id, role, taker, text)
        told = {**told, "state": offered.state, "sha256": offered.sha256}
        session.say(f"Offered to {taker}, who types: incident handover {found.id} --accept --as {taker}")
    session.emit("handover", told, markdown.write(handover.document(brief, session.when)).rstrip("\n"))


def _accept(session: Session, found: Incident) -> None:
    import json

    from incident.lifecycle import handovers
    from incident.run import roles

    console = session.console()
    person = console.people[console.actor.person]
    offered = handovers.offered(console.store, found.id, person.id)
    with console.store.transaction():
        handovers.accept(console.store, console.actor, console.clock(), offered)
        roles.hand_over(console.office, found.id, console.actor, person, offered.role, f"hand-over {offered.no}")
    told = {**json.loads(offered.document), "role": offered.role, "to": person.id}
    del told["schema"]
    session.emit(
        "handover",
        {**told, "state": "accepted", "sha256": offered.sha256},
        f"{person.id} is {offered.role} of {found.id} now; {offered.giver} gave it.",
    )
