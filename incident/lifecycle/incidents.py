"""What an incident is, and reading it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident import ident
from incident.errors import NotFound
from incident.now import at, maybe_at
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Three axes that move apart: `state` is what we do about it (open, resolved, cancelled, merged); `phase` is what
    the public was told; `visibility` is who among the staff may see it (`everyone`, or `restricted` to the people and
    roles in `viewers`).

    `began_at` is when it began in the world, as far as known: what the public is told. `merged_into` is the incident
    in which this one lives on; `parent` is the larger one that it is a part of, with a life of its own. A `drill` is
    one from its declaration to its end."""

    id: str
    title: Mapping[str, str]
    playbook: str
    kind: str
    severity: str
    phase: str
    state: str
    params: Mapping[str, Any]
    contact: Mapping[str, str]
    declared_by: str
    declared_at: datetime
    began_at: datetime
    ended_at: datetime | None = None
    promised_at: datetime | None = None
    visibility: str = "everyone"
    viewers: tuple[str, ...] = ()
    merged_into: str | None = None
    drill: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece of work that a person ticks off. `id` is its step in the playbook, or its number."""

    id: str
    title: str
    role: str
    state: str
    opened_at: datetime
    due: datetime | None
    done_by: str | None


def get(store: Store, text: str, year: int) -> Incident:
    """The incident that a person means by `INC-2026-007`, `2026-7`, `7` (of `year`) or `latest`; a drill by `drill-7`
    or `latest-drill`.

    Raises NotFound with the open ones.
    """
    queries = store.queries("incident.lifecycle")
    if text in ("latest", "latest-drill"):
        row = queries.latest(drill=int(text == "latest-drill"))
    else:
        wanted = ident.read_incident_id(text, year)
        row = queries.incident_by_id(id=wanted) if wanted else None
    if row is None:
        running = ", ".join(r["id"] for r in queries.open_incidents()) or "none"
        raise NotFound(f"There is no incident '{text}'. Open now: {running}. All: incident list --all")
    return _incident(row)


def listed(store: Store, *, everything: bool, most: int = 200) -> list[Incident]:
    """The open incidents, or the latest `most` of all; newest first."""
    queries = store.queries("incident.lifecycle")
    rows = queries.all_incidents(most=most) if everything else queries.open_incidents()
    return [_incident(row) for row in rows]


def last_drilled(store: Store) -> dict[str, datetime]:
    """Playbook -> when a drill of it was last played to its end."""
    return {row["playbook"]: at(row["ended_at"]) for row in store.queries("incident.lifecycle").drills_done()}


def holders(store: Store, incident: str) -> dict[str, str]:
    """Role -> person who holds it now."""
    return {row["role"]: row["person"] for row in store.queries("incident.lifecycle").role_holders(incident=incident)}


def tasks(store: Store, incident: str) -> list[Task]:
    return [
        Task(
            id=row["id"],
            title=row["title"],
            role=row["role"],
            state=row["state"],
            opened_at=at(row["opened_at"]),
            due=maybe_at(row["due"]),
            done_by=row["done_by"],
        )
        for row in store.queries("incident.lifecycle").tasks_of(incident=incident)
    ]


def merged_into(store: Store, incident: str) -> list[str]:
    """The incidents that live on in this one, directly or by way of another."""
    found: list[str] = []
    left = [incident]
    while left:
        rows = list(store.queries("incident.lifecycle").merged_into(into=left.pop()))
        left += [row["id"] for row in rows]
        found += [row["id"] for row in rows]
    return sorted(found)


def children(store: Store, incident: str) -> list[Incident]:
    """The parts of a larger incident, open or over, the oldest first."""
    return [_incident(row) for row in store.queries("incident.lifecycle").children_of(parent=incident)]


def open_children(store: Store, incident: str) -> list[str]:
    """Those of them that are not over yet, by their ids."""
    return [one.id for one in children(store, incident) if one.state == "open"]


def _incident(row: Row) -> Incident:
    return Incident(
        id=row["id"],
        title=json.loads(row["title"]),
        playbook=row["playbook"],
        kind=row["kind"],
        severity=row["severity"],
        phase=row["phase"],
        state=row["state"],
        params=json.loads(row["params"]),
        contact=json.loads(row["contact"]),
        declared_by=row["declared_by"],
        declared_at=at(row["declared_at"]),
        began_at=at(row["began_at"]),
        ended_at=maybe_at(row["ended_at"]),
        promised_at=maybe_at(row["promised_at"]),
        visibility=row["visibility"],
        viewers=tuple(word for word in row["viewers"].split(";") if word),
        merged_into=row["merged_into"],
        drill=bool(row["drill"]),
        parent=row["parent"],
    )
