"""Promises as rows, for reading. What happens to them stands in `keeping`.

Light on purpose: who only shows a countdown must not pay for templates.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident.duty.alarm import Alarm
from incident.now import at, maybe_at
from incident.store import Row, Store

REOPENED = "reopening"
"""`made_in` of the word that is owed because an incident that had ended is open again; no notice has promised it."""

_BY_POLICY = ".holding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One row. `kind` is `first` (our target for the first notice) or `next` (a notice said it in public). `state` is
    open, kept, broken or withdrawn; a broken one that has no `ended_at` is still owed."""

    incident: str
    no: int
    kind: str
    severity: str
    made_in: str
    made_by: str
    made_at: datetime
    due: datetime
    alarms: tuple[Alarm, ...]
    holding: str
    escalate_to: tuple[str, ...]
    rung: int
    state: str
    ended_in: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    reason: str | None = None

    @property
    def step(self) -> str:
        """Under which name its pages and its holding statement stand."""
        return f"promise-{self.no}"


def listed(store: Store, incident: str) -> list[Promise]:
    """All of an incident, the oldest first."""
    return [_promise(row) for row in store.queries("incident.duty").promises_of(incident=incident)]


def get(store: Store, incident: str, no: int) -> Promise:
    return _promise(store.queries("incident.duty").promise_by_no(incident=incident, no=no))


def last(store: Store, incident: str) -> Promise | None:
    """The newest; None before anything was promised."""
    row = store.queries("incident.duty").last_promise(incident=incident)
    return None if row is None else _promise(row)


def by_policy(found: Sequence[Promise]) -> int:
    """How many of the latest promises were made by a holding statement that nobody but the policy sent."""
    count = 0
    for one in reversed(found):
        if not (one.made_in.startswith("promise-") and one.made_in.endswith(_BY_POLICY)):
            break
        count += 1
    return count


def holding_step(found: Promise) -> str:
    """The name of the holding statement that goes out for this promise."""
    return f"{found.step}{_BY_POLICY}"


def _promise(row: Row) -> Promise:
    return Promise(
        incident=row["incident"],
        no=row["no"],
        kind=row["kind"],
        severity=row["severity"],
        made_in=row["made_in"],
        made_by=row["made_by"],
        made_at=at(row["made_at"]),
        due=at(row["due"]),
        alarms=tuple(Alarm(at=at(one["at"]), what=one["what"]) for one in json.loads(row["alarms"])),
        holding=row["holding"],
        escalate_to=tuple(row["escalate_to"].split(";")) if row["escalate_to"] else (),
        rung=row["rung"],
        state=row["state"],
        ended_in=row["ended_in"],
        ended_by=row["ended_by"],
        ended_at=maybe_at(row["ended_at"]),
        reason=row["reason"],
    )
