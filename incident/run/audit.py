"""The self-audit: what ought to have gone on and has not. Each question is answered by an index on what is open.

What cannot go on is started again a bounded number of times, counted in a row of its own; then people are called.
Silence of the auditor is itself an alarm: an address outside is pinged only while the audit is clean (`heartbeat`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from incident import lifecycle, paging
from incident.delivery import staff
from incident.delivery.station import Station
from incident.errors import IncidentError
from incident.now import at, ms
from incident.paging.plan import USUAL
from incident.run import store as runs
from incident.store import Store

GRACE = timedelta(minutes=5)
"""What is due for longer than this was forgotten by every worker, or there is none."""
MOST_TRIES = 5
AGAIN, LATER = timedelta(minutes=1), timedelta(hours=1)
"""How soon it is tried again: while people need not know yet, and after they were called."""
_CALL_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """`what` is run, page, promise, clock, gate, role, sending, errand, or stumbling: a thing that was tried `tries`
    times and could not go on. `due` is when it should have gone on."""

    what: str
    incident: str
    name: str
    due: datetime
    tries: int = 0

    def __str__(self) -> str:
        tried = f", tried {self.tries} times" if self.tries else ""
        return f"{self.what} {self.name} of {self.incident} was due at {self.due:%F %T} UTC{tried}"


def look(store: Store, now: datetime) -> list[Overdue]:
    """All that is overdue, the oldest first. However many are closed, it asks only about what is open."""
    rows = store.queries("incident.run").audit(before=ms(now - GRACE))
    found = [
        Overdue(what=row["what"], incident=row["incident"], name=row["name"], due=at(row["due"]), tries=row["tries"])
        for row in rows
    ]
    return sorted(found, key=lambda one: one.due)


def stumbled(station: Station, run: str, why: str, now: datetime) -> bool:
    """A run could not go on: it is tried again, and after MOST_TRIES times in a row whoever answers for it is called.
    Returns whether that happened now."""
    store, incident = station.store, run.rpartition(".")[0]
    queries = store.queries("incident.run")
    with store.transaction():
        row = queries.count_restart(thing=run, incident=incident, now=ms(now))
        runs.postpone(store, run, now + (AGAIN if row["tries"] < MOST_TRIES else LATER))
        if row["tries"] < MOST_TRIES or queries.escalate_restart(thing=run, now=ms(now)) != 1:
            return False
        lifecycle.record(store, staff.worker(), now, "run.stuck", incident, reason=why, run=run, tries=row["tries"])
    call(station, incident, f"The run of {incident} is stuck: {why}", now)
    return True


def went_on(store: Store, run: str) -> None:
    """It goes on: what was counted is forgotten."""
    store.queries("incident.run").forget_restart(thing=run)


def stumbling(store: Store) -> set[str]:
    """What could not go on last time."""
    return {row["thing"] for row in store.queries("incident.run").restarts()}


def call(station: Station, incident: str, text: str, now: datetime) -> None:
    """Calls the commander, and tells whoever is told when nobody is found. A run whose playbook cannot be read calls
    as the house does."""
    found = lifecycle.get(station.store, incident, 0)
    try:
        paging.open_page(station, staff.worker(), found, ("commander",), text, _CALL_AGAIN, now=now, terms=USUAL)
    except IncidentError as error:
        lifecycle.record(station.store, staff.worker(), now, "page.failed", incident, reason=error.message)
