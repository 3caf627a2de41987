"""A local journal joins the timeline: each of its lines once, however often it is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from incident import journal
from incident.errors import NotFound
from incident.journal import Actor, Entry
from incident.journal.local import Line, Torn
from incident.lifecycle.incidents import Incident, get
from incident.now import iso, ms
from incident.store import Store

KIND = "offline.note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """How many lines joined now, how many had before, and a sentence for each that could not."""

    merged: int
    known: int
    left: tuple[str, ...]


def merge(
    store: Store,
    actor: Actor,
    now: datetime,
    lines: Iterable[Line | Torn],
    year: int,
    may_see: Callable[[Incident], bool],
) -> Merged:
    """Writes the lines that are new, onto timelines that the actor may see; others are left for somebody who may. Who
    merges them is the actor: whoever a file says it was cannot be proved, and stands in the detail. A line without an
    incident joins the journal alone."""
    merged, known, left = 0, 0, []
    for line in lines:
        if isinstance(line, Torn):
            left.append(f"Line {line.number} is torn; look into the file.")
            continue
        try:
            found = get(store, line.incident, year) if line.incident else None
        except NotFound as error:
            left.append(f"'{line.text[:40]}': {error.message}")
            continue
        if found is not None and not may_see(found):
            left.append(f"'{line.text[:40]}': {found.id} is restricted; somebody who may see it can merge this line.")
            continue
        if _write(store, actor, now, line, found.id if found else None):
            merged += 1
        else:
            known += 1
    return Merged(merged=merged, known=known, left=tuple(left))


def _write(store: Store, actor: Actor, now: datetime, line: Line, incident: str | None) -> bool:
    """Whether the line is new; two who merge one file at the same moment wait for each other."""
    queries = store.queries("incident.lifecycle")
    with store.transaction():
        journal.hold(store)
        if queries.offline_line(id=line.id) is not None:
            return False
        written = {"by": line.person, "os_user": line.os_user, "at": iso(line.recorded_at)}
        entry = Entry(
            kind=KIND,
            incident=incident,
            actor=actor.person,
            os_user=actor.os_user,
            happened_at=line.happened_at,
            recorded_at=now,
            detail={"text": line.text, "written": written, **actor.marks},
        )
        queries.insert_offline_line(id=line.id, seq=journal.append(store, entry).seq, merged_at=ms(now))
    return True
