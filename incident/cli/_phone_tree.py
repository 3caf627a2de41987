"""The phone tree and the text to read out, for people and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.lifecycle import Incident
    from incident.store import Row


def phone_tree(session: Session, incident: Incident | None, pages: Sequence[Row]) -> tuple[dict[str, Any], list[Any]]:
    """(what scripts get: `phone_tree`, `read_out`; the lines that people get). The numbers are whole: they are there to
    be dialled."""
    from incident.paging import tree

    console = session.console()
    leaves = tree.of_pages(console.station, incident.id if incident else "", pages)
    text = pages[-1]["text"] if pages else ""
    words = tree.read_out(console.organisation, incident, text) if incident else None
    rows = [(leaf.phone or "no number", leaf.name, leaf.person, leaf.why) for leaf in leaves]
    lines: list[Any] = [session.table(("telephone", "name", "person", "why"), rows, title="Phone tree")]
    if words:
        lines.append(f"Read out: {words}")
    return {"phone_tree": [leaf.to_json() for leaf in leaves], "read_out": words}, lines


def when_unreached(session: Session, incident: Incident) -> tuple[dict[str, Any], list[Any]]:
    """The phone tree of the incident's pages that have reached nobody; nothing when there is none."""
    from incident.paging import tree

    pages = tree.unreached(session.console().store, incident.id)
    if not pages:
        return {"phone_tree": [], "read_out": None}, []
    told, lines = phone_tree(session, incident, pages)
    return told, ["PAGING HAS REACHED NOBODY. Telephone them:", *lines]
