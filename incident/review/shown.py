"""What the program shows, against what the journal says: the tables are kept for quick reading, the journal is chained.

Whoever changes a table behind the program's back is found out, with the table and the row. Pure but for reading.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from incident import journal
from incident.delivery.reconcile import reconcile
from incident.journal import Entry
from incident.lifecycle import get, handovers, holders, tasks
from incident.now import at, iso, parse_iso
from incident.store import Row, Store

_ENDS = {"incident.resolved": "resolved", "incident.cancelled": "cancelled", "incident.merged": "merged"}
_CLOCKS = {
    "clock.started": "running",
    "clock.moved": "running",
    "clock.submitted": "submitted",
    "clock.dismissed": "dismissed",
}
_PROMISES = {
    "promise.broken": "broken",
    "promise.caught_up": "broken",
    "promise.kept": "kept",
    "promise.withdrawn": "withdrawn",
}


def wrong(store: Store, incident: str) -> list[str]:
    """A sentence for each row that is not what the timeline says.

    1. The incident: severity, state, phase, who declared it. 2. Who answered each gate, how, and whether alone. 3. Who
    holds each role. 4. Clocks and promises: state, due time, who ended them. 5. Who did each task. 6. What was handed
    over. 7. How many deliveries each notice had when it was frozen.
    """
    entries = list(journal.read(store, incident))
    parts = (_incident, _gates, _roles, _clocks, _promises, _tasks, _handovers, _ledger)
    return [
        f"The table {row} of {incident} does not say what the timeline says."
        for part in parts
        for row in part(store, incident, entries)
    ]


def _incident(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    said: dict[str, Any] = {}
    for entry in entries:
        said |= _of_incident(entry, said)
    if store.queries("incident.lifecycle").incident_by_id(id=incident) is None:
        yield "incident (the row is missing)"
        return
    found = get(store, incident, 0)
    yield from (f"incident ({name})" for name, value in said.items() if getattr(found, name) != value)


def _of_incident(entry: Entry, said: Mapping[str, Any]) -> dict[str, Any]:
    """What one line of the timeline makes of the incident's row."""
    if entry.kind == "incident.declared":
        first = {"state": "open", "phase": "investigating", "visibility": "everyone"}
        return {**first, "declared_by": entry.actor, "severity": entry.detail["severity"]}
    if entry.kind in ("incident.severity", "incident.phase", "incident.visibility"):
        return {entry.kind.removeprefix("incident."): entry.detail["after"]}
    if entry.kind == "incident.reopened":
        return {"state": "open"}
    if entry.kind in _ENDS:
        state = _ENDS[entry.kind]
        return {"state": state, **({"phase": "resolved"} if state == "resolved" else {})}
    return {}


def _gates(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    """Each gate that was opened has one row. Where several must approve, one who has does not end it: it may still be
    open, or have been closed since."""
    said: list[dict[str, Any]] = []
    for entry in entries:
        step = entry.detail.get("step")
        if entry.kind == "gate.opened":
            said.append({"step": step, "hash": entry.detail["hash"], "answer": ("", "", 0)})
        elif entry.kind in ("gate.approved", "gate.rejected"):
            (last,) = [one for one in said if one["step"] == step][-1:] or [{}]
            glass = int(bool(entry.detail.get("break_glass")))
            last["answer"] = (entry.kind.removeprefix("gate."), entry.actor, glass)
    left = Counter((one["step"], one["hash"], *one["answer"]) for one in said)
    for row in store.queries("incident.review").gates_of(incident=incident):
        key = _gate(row, left)
        if key is None:
            yield f"gate ({row['step']}, row {row['id']})"
        else:
            left[key] -= 1
    yield from (f"gate ({key[0]}, a row is missing)" for key, count in left.items() if count > 0)


def _gate(row: Row, said: Counter[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """Which gate of the timeline the row is, or None."""
    answered = row["state"] in ("approved", "rejected")
    answer = (row["state"] if answered else "", row["answered_by"] or "", row["break_glass"])
    exact = (row["step"], row["hash"], *answer)
    if said[exact] > 0:
        return exact
    if answered or row["answered_by"] or row["break_glass"]:
        return None
    few = [key for key, count in said.items() if count > 0 and key[:3] == (*exact[:2], "approved") and not key[4]]
    return few[0] if few else None


def _roles(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    said: dict[str, str] = {}
    for entry in entries:
        if entry.kind in ("role.claimed", "role.handed_over"):
            said[entry.detail["role"]] = entry.detail.get("after") or entry.detail["person"]
    found = holders(store, incident)
    yield from (f"role_holder ({role})" for role in sorted({*said, *found}) if said.get(role) != found.get(role))


def _clocks(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    said: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.kind in _CLOCKS:
            one = said.setdefault(entry.detail["clock"], {})
            one |= {"state": _CLOCKS[entry.kind], "by": "" if _CLOCKS[entry.kind] == "running" else entry.actor}
            one |= {"due": parse_iso(entry.detail["until"])} if entry.detail.get("until") else {}
    found = {
        row["id"]: {"state": row["state"], "by": row["ended_by"] or "", "due": at(row["due"])}
        for row in store.queries("incident.duty").clocks_of(incident=incident)
    }
    yield from (f"clock ({name})" for name in sorted({*said, *found}) if said.get(name) != found.get(name))


def _promises(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    """A promise that was made in public is due when the timeline says; what was broken stays broken."""
    made: set[datetime] = set()
    said: dict[int, tuple[str, datetime]] = {}
    for entry in entries:
        if entry.kind == "promise.made":
            made.add(parse_iso(iso(parse_iso(entry.detail["until"]))))
        elif entry.kind in _PROMISES:
            no, state = int(entry.detail["promise"]), _PROMISES[entry.kind]
            broken = no in said and said[no][0] == "broken"
            said[no] = ("broken" if broken else state, parse_iso(entry.detail["until"]))
    rows = {row["no"]: row for row in store.queries("incident.duty").promises_of(incident=incident)}
    for no, row in rows.items():
        due, (state, until) = at(row["due"]), said.get(no, ("open", None))
        if row["state"] != state or until not in (None, due) or (row["kind"] == "next" and due not in made):
            yield f"promise ({no})"
    if made - {at(row["due"]) for row in rows.values()} or said.keys() - rows.keys():
        yield "promise (a row is missing)"


def _tasks(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    said: dict[str, str | None] = {}
    for entry in entries:
        if entry.kind in ("task.opened", "task.done"):
            said[entry.detail["task"]] = entry.actor if entry.kind == "task.done" else None
    found = {one.id: one.done_by if one.state == "done" else None for one in tasks(store, incident)}
    yield from (f"task ({name})" for name in sorted({*said, *found}) if said.get(name, "") != found.get(name, ""))


def _handovers(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    said: dict[int, tuple[Any, ...]] = {}
    for entry in entries:
        if entry.kind == "handover.offered":
            told = entry.detail
            said[told["handover"]] = (told["role"], entry.actor, told["to"], told["sha256"], told["sha256"])
    found = {one.no: one for one in handovers.handovers(store, incident)}
    for no in sorted({*said, *found}):
        one = found.get(no)
        digest = "" if one is None else hashlib.sha256(one.document.encode()).hexdigest()
        if one is None or said.get(no) != (one.role, one.giver, one.taker, one.sha256, digest):
            yield f"handover ({no})"


def _ledger(store: Store, incident: str, entries: list[Entry]) -> Iterator[str]:
    for one in reconcile(store, incident):
        if not one.total.adds_up:
            counted = sum(one.total.counts.values())
            yield f"delivery ({one.broadcast['step']}: {counted} rows of {one.total.audience} that were frozen)"
