"""Asking those who may approve: when a gate opens, then again and wider until somebody answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incident import journal, lifecycle
from incident.delivery import staff
from incident.delivery.station import Station
from incident.lifecycle import Incident
from incident.now import at, maybe_at, ms
from incident.paging import owner, reading
from incident.paging.resolve import Roster, find
from incident.people import Person
from incident.people.policy import Policy
from incident.store import Row

FIRST, LONGEST = timedelta(minutes=15), timedelta(hours=1)
"""How soon a gate without `within` asks again, and how seldom at most."""
_BRIEF = timedelta(minutes=2)
"""A gate with less time than this asks again at its end only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a gate asks: those who may answer, and others who are told that nobody does."""

    approvers: tuple[Person, ...]
    others: tuple[Person, ...] = ()


def next_ask(asked: int, opened: datetime, within: timedelta | None, now: datetime) -> datetime:
    """When a gate that has asked `asked` times besides the first asks again; always after `now`.

    In the middle of its time and at its end; else, and then, after longer and longer waits, up to an hour. Pure.
    """
    if within is not None:
        times = 2 if within >= _BRIEF else 1
        due = opened + within * (asked + 1) / times
        if asked < times and due > now:
            return due
    first = max(within or FIRST, FIRST)
    return now + min(first * (1 << min(asked, 10)), max(LONGEST, first))


def whom(
    roster: Roster,
    policies: Iterable[Policy],
    roles: Sequence[str],
    owners: Sequence[Person],
    besides: frozenset[str],
    asked: int,
) -> Asked:
    """1. Those of the named roles: the holder, else who is on duty by the role's policy (with each time the next
    step's people too), else whoever may hold it. They are chosen among those who can be reached and may answer still:
    `besides` (the author, who has answered) stand in nobody's way.
    2. From the second time on, or when these are nobody who can be reached: the commander, who may break the glass.
    3. From the third time on, or when that is nobody either: whoever is told of pages that find nobody. Pure.
    """
    policies, free = tuple(policies), _free(roster, besides)
    found = [person for role in roles for person in _of_role(free, policies, role, asked)]
    approvers = {person.id: person for person in found}
    others: list[Person] = []
    if asked >= 1 or not approvers:
        others += _of_role(free, policies, owner.LAST, asked)
    if asked >= 2 or not (approvers or others):
        others += [person for person in owners if roster.ways(person, "high")]
    told = {person.id: person for person in others if person.id not in approvers}
    return Asked(approvers=tuple(approvers.values()), others=tuple(told.values()))


def _free(roster: Roster, besides: frozenset[str]) -> Roster:
    """Those who can be reached, without `besides`."""
    people = {id: one for id, one in roster.people.items() if id not in besides and roster.ways(one, "high")}
    return replace(roster, people=people, held={role: id for role, id in roster.held.items() if id in people})


def _of_role(roster: Roster, policies: Sequence[Policy], role: str, asked: int) -> list[Person]:
    policy = next((policy for policy in policies if role in policy.roles), None)
    if role not in roster.held and policy is not None:
        people: list[Person] = []
        for number, rung in enumerate(policy.steps):
            if number <= asked or not people:
                people += [person for person in find(roster, rung.to).people if person.may_hold(role)]
        if people:
            return people
    holder = roster.held.get(role)
    return [person for person in find(roster, (role,)).people if person.id == holder or person.may_hold(role)]


def ask(station: Station, incident: Incident, row: Row, asked: int, now: datetime) -> None:
    """Sends the request of one open gate, for the `asked`-th time again, in the caller's transaction."""
    roster = reading.roster(station, incident.id, now)
    answered = station.store.queries("incident.run").answered_since(
        run=row["run"], step=row["step"], since=row["opened_at"]
    )
    besides = {one["actor"] for one in answered} | ({row["author"]} if row["not_author"] else set())
    told = owner.owners(roster, ([row["owner"]] if row["owner"] else [], station.oncall.fallback))
    roles = json.loads(row["roles"])
    found = whom(roster, station.oncall.policies.values(), roles, told, frozenset(besides), asked)
    subject = json.loads(row["subject"])
    count = f", {subject['count']} people" if "count" in subject else ""
    words = f"{row['step']}{count}: incident approve {incident.id} {row['step']}"
    staff.tell(
        station,
        incident,
        now,
        kind="approval",
        step=f"approval.{row['id']}" + (f".{asked}" if asked else ""),
        message="approval-request",
        texts={"": words},
        rows=_rows(roster, (*found.approvers, *found.others), asked),
    )
    _record(station, incident, row, found, asked, now)


def _rows(roster: Roster, people: Iterable[Person], asked: int) -> list[tuple[Person, str]]:
    ways = {person.id: roster.ways(person, "high") for person in people}
    return [(person, ways[person.id][asked % len(ways[person.id])]) for person in people]


def _record(station: Station, incident: Incident, row: Row, found: Asked, asked: int, now: datetime) -> None:
    """That a gate asked again, and that nobody who may answer could be reached, stand on the timeline."""
    to = [person.id for person in (*found.approvers, *found.others)]
    reason = None
    if not found.approvers:
        reason = "Nobody who may approve it can be reached; others were told."
    if asked or reason:
        kind = "gate.asked_again" if asked else "gate.nobody"
        lifecycle.record(station.store, staff.worker(), now, kind, incident.id, reason=reason, step=row["step"], to=to)


def ask_again(station: Station, gate_id: str, now: datetime) -> None:
    """Asks again for a gate that is due, once whoever wakes."""
    queries = station.store.queries("incident.run")
    with station.store.transaction():
        journal.hold(station.store)
        gate = queries.gate_by_id(id=gate_id)
        incident = lifecycle.get(station.store, gate["incident"], 0)
        opened, expires, asked = at(gate["opened_at"]), maybe_at(gate["expires_at"]), int(gate["asked"]) + 1
        within = None if expires is None else expires - opened
        due = next_ask(asked, opened, within, now)
        if queries.ask_gate(id=gate["id"], before=gate["asked"], asked=asked, ask_due=ms(due)) == 1:
            ask(station, incident, gate, asked, now)
