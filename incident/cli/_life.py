"""What `show` tells of an incident's life: the figures of the response, who may see it, its parent and children, what
it was merged with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.lifecycle import Incident
    from incident.lifecycle.handovers import Handover


def life(session: Session, incident: Incident) -> tuple[dict[str, Any], list[str]]:
    """(keys of the document, lines for people)."""
    from incident import lifecycle
    from incident.cli._visible import may_see
    from incident.lifecycle import family, handovers
    from incident.review import figures, report

    console = session.console()
    found = figures.figures(console.store, incident, console.clock())
    merged = lifecycle.merged_into(console.store, incident.id)
    children = [family.told(one, seen=may_see(session, one)) for one in lifecycle.children(console.store, incident.id)]
    actions = [one for one in lifecycle.actions(console.store, incident.id) if one.state == "open"]
    waiting = [one for one in handovers.handovers(console.store, incident.id) if one.state == "offered"]
    told = {
        "figures": found.to_json(),
        "visibility": incident.visibility,
        "viewers": list(incident.viewers),
        "merged_into": incident.merged_into,
        "merged": merged,
        "parent": incident.parent,
        "children": children,
        "open_actions": len(actions),
        "offered": [
            {"role": one.role, "giver": one.giver, "taker": one.taker, "at": one.offered_at} for one in waiting
        ],
    }
    words = ", ".join(f"{name} {words}" for name, words in report.lines(found)[:3] if words != "not yet")
    lines = [*_family(incident, family.words(children)), *_lines(incident, merged, words, len(actions))]
    return told, [*lines, *(_offered(session, one) for one in waiting)]


def _offered(session: Session, one: Handover) -> str:
    return (
        f"{one.giver} offered the role {one.role} to {one.taker}, {session.when(one.offered_at)}; "
        f"not accepted yet: incident handover {one.incident} --accept --as {one.taker}"
    )


def _family(incident: Incident, children: str) -> Iterator[str]:
    if incident.parent:
        yield f"Child of {incident.parent}: incident show {incident.parent}"
    if children:
        yield f"Children: {children}."


def _lines(incident: Incident, merged: list[str], figures: str, actions: int) -> Iterator[str]:
    if incident.visibility == "restricted":
        yield f"RESTRICTED to {', '.join(incident.viewers)} and {incident.declared_by}."
    if incident.merged_into:
        yield f"It lives on in {incident.merged_into}: incident show {incident.merged_into}"
    if merged:
        yield f"Merged into it: {', '.join(merged)}."
    if figures:
        yield f"Figures: {figures}. More: incident review {incident.id}"
    if actions:
        yield f"{actions} follow-up actions are open: incident action list {incident.id}"
