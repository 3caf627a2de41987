"""Regulatory clocks as rows, for reading. What happens to them stands in `clockwork`.

Light on purpose: `incident list` counts them down, and must not pay for templates or expressions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident import registry
from incident.duty.deadline import met
from incident.errors import NotFound
from incident.now import at, maybe_at
from incident.playbook.clock import ClockRule, from_data
from incident.store import Row, Store

PAGES = "clock-"
"""Begins the names of the pages that warn of a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalClock:
    """One row. `rule` is as it read when the clock was started. `state` is running, submitted or dismissed.

    `because` is why it was started: the condition that held, or a person's words. `evidence` is the SHA-256 of the
    report that was submitted; of several submissions the first decides whether it was in time. `missed_at` is when it
    was noticed that the time was over.
    """

    incident: str
    id: str
    rule: ClockRule
    state: str
    started_by: str
    started_at: datetime
    because: str
    anchor: str
    anchor_at: datetime
    due: datetime
    rung: int
    next_due: datetime | None
    missed_at: datetime | None
    submissions: int
    submitted_at: datetime | None
    latest_at: datetime | None
    reference: str | None
    evidence: str | None
    evidence_file: str | None
    ended_by: str | None
    ended_at: datetime | None
    reason: str | None

    @property
    def step(self) -> str:
        """Under which name its pages stand."""
        return f"{PAGES}{self.id}"

    def late(self, now: datetime) -> bool:
        """Its report is owed, and the time is over."""
        return self.state == "running" and now > self.due

    def met(self, now: datetime) -> bool | None:
        """Whether the report was in time; None while it still can be, and for one that was dismissed."""
        return None if self.state == "dismissed" else met(self.due, self.submitted_at, now)


def of_incident(store: Store, incident: str) -> list[LegalClock]:
    """All of an incident, the first due first."""
    return [_clock(row) for row in store.queries("incident.duty").clocks_of(incident=incident)]


def running_of(store: Store, incident: str) -> list[LegalClock]:
    """Those of an incident whose report is owed still, the first due first."""
    return [one for one in of_incident(store, incident) if one.state == "running"]


def standing(store: Store, incident: str, now: datetime) -> dict[str, dict[str, Any]]:
    """How each clock of an incident stands, as conditions ask: its state, and whether it was met. Reads no rule: a run
    asks for it at every act."""
    return {
        row["id"]: {
            "state": row["state"],
            "met": None if row["state"] == "dismissed" else met(at(row["due"]), maybe_at(row["submitted_at"]), now),
        }
        for row in store.queries("incident.duty").clocks_of(incident=incident)
    }


def running(store: Store) -> list[LegalClock]:
    """All that run, of every incident, the first due first."""
    return [_clock(row) for row in store.queries("incident.duty").running_clocks()]


def latest(store: Store, most: int = 200) -> list[LegalClock]:
    """The `most` that were started last, whatever became of them."""
    return [_clock(row) for row in store.queries("incident.duty").all_clocks(most=most)]


def next_due(store: Store) -> Mapping[str, datetime]:
    """Of each incident with running clocks, when the first of them is due."""
    found: dict[str, datetime] = {}
    for row in store.queries("incident.duty").running_clocks():
        found.setdefault(row["incident"], at(row["due"]))
    return found


def earliest_due(store: Store) -> datetime | None:
    """When the next warning of any clock is due."""
    return maybe_at(store.queries("incident.duty").earliest_clock()["due"])


def find(store: Store, incident: str, name: str) -> LegalClock | None:
    """The clock of that id, if it was started."""
    row = store.queries("incident.duty").clock_by_id(incident=incident, id=name)
    return None if row is None else _clock(row)


def get(store: Store, incident: str, name: str) -> LegalClock:
    """The clock of that id. Raises NotFound with those that were started."""
    found = find(store, incident, name)
    if found is None:
        near = registry.nearest(name, [one.id for one in of_incident(store, incident)])
        raise NotFound(
            f"No clock '{name}' was started in {incident}. {near} Start: incident clock start {incident} {name}"
        )
    return found


def _clock(row: Row) -> LegalClock:
    return LegalClock(
        incident=row["incident"],
        id=row["id"],
        rule=from_data(json.loads(row["rule"])),
        state=row["state"],
        started_by=row["started_by"],
        started_at=at(row["started_at"]),
        because=row["because"],
        anchor=row["anchor"],
        anchor_at=at(row["anchor_at"]),
        due=at(row["due"]),
        rung=row["rung"],
        next_due=maybe_at(row["next_due"]),
        missed_at=maybe_at(row["missed_at"]),
        submissions=row["submissions"],
        submitted_at=maybe_at(row["submitted_at"]),
        latest_at=maybe_at(row["latest_at"]),
        reference=row["reference"],
        evidence=row["evidence"],
        evidence_file=row["evidence_file"],
        ended_by=row["ended_by"],
        ended_at=maybe_at(row["ended_at"]),
        reason=row["reason"],
    )
