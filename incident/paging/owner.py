"""A page that finds nobody is not dropped: whoever answers for it is told, with the reason, and so is the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from incident.delivery import staff
from incident.delivery.station import Station
from incident.lifecycle import Incident, record
from incident.paging import reading
from incident.paging.resolve import Gap, Roster, find
from incident.people import Person
from incident.store import Row

LAST = "commander"
"""Whoever may hold this role is told when nobody else was named."""


def owners(roster: Roster, named: Sequence[Sequence[str]]) -> tuple[Person, ...]:
    """The people of the first of `named` that somebody reachable stands for; else whoever may be commander. Pure."""
    for targets in (*named, (LAST,)):
        known = [target for target in targets if target in roster.people or "/" in target or _is_role(roster, target)]
        found = [person for person in find(roster, known).people if roster.ways(person, "low")]
        if found:
            return tuple(found)
    return ()


def _is_role(roster: Roster, target: str) -> bool:
    """Whether a word is a role that somebody holds or names; a playbook's owner may be a team that is neither."""
    return target == LAST or target in roster.held or any(target in person.roles for person in roster.people.values())


def added(told: str, gaps: Iterable[Gap]) -> str:
    """The list of what the owner was told of, with these gaps in it."""
    keys = [key for key in told.split(";") if key]
    keys += [_key(gap) for gap in gaps]
    return "".join(f";{key}" for key in dict.fromkeys(keys)) + (";" if keys else "")


def tell_new(
    station: Station, incident: Incident, row: Row, gaps: Iterable[Gap], roster: Roster, now: datetime
) -> None:
    """Tells of the gaps that `row` does not know yet; the caller has written them down in it."""
    known = row["told"].split(";")
    for gap in dict.fromkeys(gaps):
        if _key(gap) not in known:
            _tell(station, incident, row, gap, roster, now)


def tell(station: Station, incident: Incident, row: Row, gaps: Sequence[Gap], roster: Roster, now: datetime) -> None:
    """Tells of the gaps that are new, and writes them down."""
    told = added(row["told"], gaps)
    queries = station.store.queries("incident.paging")
    if told != row["told"] and queries.tell_once(id=row["id"], told_before=row["told"], told=told) == 1:
        tell_new(station, incident, row, gaps, roster, now)


def _tell(station: Station, incident: Incident, row: Row, gap: Gap, roster: Roster, now: datetime) -> None:
    """By the channels of low priority, the first that each has: it is for those who mend the rota, by day."""
    named = (reading.policy_of(row).fallback, reading.owners_of(row), station.oncall.fallback)
    people = owners(roster, named)
    rows = [(person, roster.ways(person, "low")[0]) for person in people]
    staff.tell(
        station,
        incident,
        now,
        kind="page",
        step=f"owner.{row['id']}.{_key(gap)}",
        message="page",
        texts={"": f"{gap.words} Page to {row['target']}: {row['text']}"},
        rows=rows,
    )
    record(
        station.store,
        staff.worker(),
        now,
        "page.owner_told",
        incident.id,
        reason=gap.words,
        page=row["target"],
        to=[person.id for person in people],
    )


def _key(gap: Gap) -> str:
    return f"{gap.code}:{gap.target}"
