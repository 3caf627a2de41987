"""A page and all that decides about it, read from the database and from incident.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from incident.delivery import staff
from incident.delivery.sinks import behind
from incident.delivery.station import Station
from incident.lifecycle import Incident, get, holders
from incident.lifecycle.visibility import may_see
from incident.paging import plan
from incident.paging.policy import Called, Page
from incident.paging.resolve import Roster
from incident.people import Person
from incident.people.policy import Policy, Rung
from incident.store import Row, Store

_HEARD = ("pending", "accepted", "unknown", "deduplicated")


def roster(station: Station, incident: str, now: datetime) -> Roster:
    """Who there is at `now`. Calendars are read from the disk; nothing is fetched."""
    oncall = station.oncall
    held = holders(station.store, incident) if incident else {}
    hours = oncall.working_hours
    return Roster(
        people=station.people,
        held=held,
        unseen=_unseen(get(station.store, incident, 0), station.people, held) if incident else frozenset(),
        duties=oncall.duties(now),
        channels=staff.channels(station),
        working=hours is None or hours.hold(now, oncall.zone),
        zone=oncall.zone,
    )


def _unseen(incident: Incident, people: Mapping[str, Person], held: Mapping[str, str]) -> frozenset[str]:
    """Who may not see it: nobody is called out for what they would then be refused."""
    if incident.visibility != "restricted":
        return frozenset()
    own = {name: {role for role, holder in held.items() if holder == name} for name in people}
    return frozenset(
        name for name, person in people.items() if not may_see(incident, name, own[name] | set(person.roles))
    )


def page(store: Store, row: Row) -> Page:
    """A page as its row, its acknowledgements and the ledger tell it."""
    acked = store.queries("incident.paging").acks_of(page=row["id"])
    return Page(
        policy=policy_of(row),
        priority=row["priority"],
        round=row["round"],
        base=row["base"],
        acked=frozenset(one["person"] for one in acked),
        calls=tuple(calls(store, row)),
    )


def calls(store: Store, row: Row) -> list[Called]:
    """Every call of a page so far, as the ledger has it."""
    rows = store.queries("incident.paging").calls_of(incident=row["incident"], steps=f"page.{row['id']}.%")
    return [
        Called(
            round=int(one["step"].rpartition(".")[2]),
            person=one["recipient"].removeprefix("person:"),
            channel=behind(one["channel"]),
            reached=one["state"] in _HEARD or (one["state"] == "deferred" and one["attempts"] == 0),
            tried=one["state"] not in ("pending", "deferred") or one["attempts"] > 0,
        )
        for one in rows
    ]


def policy_of(row: Row) -> Policy:
    """The policy that a page was opened with; a page of an older program calls its target for ever."""
    if row["policy"]:
        return plan.from_data(json.loads(row["policy"]))
    wait = timedelta(milliseconds=row["repeat_ms"])
    return Policy(steps=(Rung(to=tuple(row["target"].split(";")), wait=wait),))


def is_blind(row: Row) -> bool:
    """Whether a page also calls people who may not see the incident, and then shows nothing of it."""
    return bool(json.loads(row["policy"]).get("blind")) if row["policy"] else False


def owners_of(row: Row) -> Sequence[str]:
    """Who was named, when a page was opened, to be told that it finds nobody."""
    return tuple(json.loads(row["policy"]).get("owners", ())) if row["policy"] else ()
