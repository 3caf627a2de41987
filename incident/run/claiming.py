"""Roles that nobody has claimed in time: called for, then escalated, again and again until somebody holds them.

1. After `claim_within` those whom the playbook names for the role are called, else whoever may hold it.
2. After as long again the commander is, and for that role itself its policy, else everybody who may hold it.
3. Then the playbook's owner is told, and 2 is repeated, each time after twice as long, up to an hour.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident import journal, lifecycle, paging
from incident.delivery import staff
from incident.delivery.station import Station
from incident.lifecycle import Incident
from incident.now import at, ms
from incident.paging import Terms, owner, reading
from incident.playbook.model import Playbook
from incident.run import store as runs
from incident.store import Row, Store

LONGEST = timedelta(hours=1)
_REPEAT = timedelta(minutes=5)
_OVER = ("aborted", "ended", "finished")
"""States of a run that calls nobody any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nag:
    """One round of calling for a role: what the timeline calls it, who is called, whether the owner is told too."""

    kind: str
    targets: tuple[str, ...]
    tell_owner: bool
    wait: timedelta


def nag(role: str, page: Sequence[str], number: int, every: timedelta) -> Nag:
    """What happens in round `number` (from 0), and how long until the next. Pure."""
    if number == 0:
        return Nag(kind="role.unclaimed", targets=tuple(page) or (role,), tell_owner=False, wait=every)
    wait = min(every * (1 << min(number - 1, 10)), max(LONGEST, every))
    return Nag(kind="role.escalated", targets=(owner.LAST,), tell_owner=number == 2, wait=wait)


def watch(store: Store, incident: str, playbook: Playbook, now: datetime) -> None:
    """Begins to watch the roles of a new run. In the caller's transaction."""
    for name, role in playbook.roles.items():
        if role.claim_within is not None:
            store.queries("incident.run").insert_vacancy(
                incident=incident,
                role=name,
                page=json.dumps(role.page),
                owner=playbook.owner,
                every_ms=role.claim_within // timedelta(milliseconds=1),
                next_due=ms(now + role.claim_within),
            )


def filled(store: Store, incident: str, role: str) -> None:
    """Somebody holds the role: nobody is called for it any more."""
    if store.queries("incident.run").fill_vacancy(incident=incident, role=role) == 1:
        paging.close_step(store, incident, _step(role))


def vacancies(store: Store, incident: str) -> list[tuple[str, datetime]]:
    """Roles of an incident that wait to be claimed, and when somebody is called for them next."""
    rows = store.queries("incident.run").vacancies_of(incident=incident)
    return [(row["role"], at(row["next_due"])) for row in rows]


def call(station: Station, incident_id: str, role: str, now: datetime) -> None:
    """Calls for a role that is due, once whoever wakes."""
    queries = station.store.queries("incident.run")
    with station.store.transaction():
        journal.hold(station.store)
        row = queries.vacancy_of(incident=incident_id, role=role)
        incident = lifecycle.get(station.store, incident_id, 0)
        over = incident.state != "open" or runs.of_incident(station.store, incident_id).state in _OVER
        if over or role in lifecycle.holders(station.store, incident_id):
            filled(station.store, incident_id, role)
            return
        due = nag(role, json.loads(row["page"]), row["round"], timedelta(milliseconds=row["every_ms"]))
        won = queries.turn_vacancy(
            incident=incident_id, role=role, before=row["round"], round=row["round"] + 1, next_due=ms(now + due.wait)
        )
        if won == 1:
            _call(station, incident, row, due, now)


def _call(station: Station, incident: Incident, row: Row, due: Nag, now: datetime) -> None:
    """The page of the round before ends: two that call for the same thing would only wake twice."""
    role = row["role"]
    paging.close_step(station.store, incident.id, _step(role))
    text = f"Nobody is {role} of {incident.id} yet. Take it: incident role claim {incident.id} {role}"
    lifecycle.record(
        station.store, staff.worker(), now, due.kind, incident.id, role=role, since=str(incident.declared_at)
    )
    paging.open_page(
        station,
        staff.worker(),
        incident,
        due.targets,
        text,
        _REPEAT,
        step=_step(role),
        now=now,
        terms=Terms(owners=_owners(row)),
    )
    if due.tell_owner:
        _tell_owner(station, incident, row, text, now)


def _tell_owner(station: Station, incident: Incident, row: Row, text: str, now: datetime) -> None:
    roster = reading.roster(station, incident.id, now)
    people = owner.owners(roster, (_owners(row), station.oncall.fallback))
    staff.tell(
        station,
        incident,
        now,
        kind="page",
        step=f"owner.role.{row['role']}",
        message="page",
        texts={"": text},
        rows=[(person, roster.ways(person, "low")[0]) for person in people],
    )
    to = [person.id for person in people]
    reason = "nobody has claimed it, although it was called for twice"
    lifecycle.record(
        station.store, staff.worker(), now, "role.owner_told", incident.id, reason=reason, role=row["role"], to=to
    )


def _owners(row: Row) -> tuple[str, ...]:
    return (row["owner"],) if row["owner"] else ()


def _step(role: str) -> str:
    return f"role.{role}"
