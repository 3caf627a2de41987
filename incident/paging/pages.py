"""Pages as rows: opened, sent round by round, acknowledged by one person for all."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from incident import ident
from incident.delivery import staff
from incident.delivery.station import Station
from incident.journal import Actor
from incident.lifecycle import Incident, holders, record
from incident.now import maybe_at, ms
from incident.people import Person
from incident.store import Row, Store

WIDEST = 200
"""Places of a page's text (a Chinese character takes two): it must fit into SMS and be read half asleep."""


def who(people: Mapping[str, Person], held: Mapping[str, str], targets: Sequence[str]) -> list[Person]:
    """The people that targets (persons or roles) stand for, each once.

    1. A person is that person. 2. A role that is held is its holder. 3. Else everybody whose `roles` name it;
    4. else everybody who may hold any role: a page to nobody would be silence.
    """
    found: dict[str, Person] = {}
    for target in targets:
        if target in people:
            chosen = [people[target]]
        elif held.get(target) in people:
            chosen = [people[held[target]]]
        else:
            named = [person for person in people.values() if target in person.roles]
            chosen = named or [person for person in people.values() if not person.roles] or list(people.values())
        found.update({person.id: person for person in chosen})
    return list(found.values())


def open_page(
    station: Station,
    actor: Actor,
    incident: Incident,
    targets: Sequence[str],
    text: str,
    repeat_after: timedelta,
    *,
    run: str = "",
    step: str = "",
    now: datetime,
) -> str:
    """Opens a page and sends its first round; returns its id. In the caller's transaction."""
    page = ident.token(10)
    station.store.queries("incident.paging").insert_page(
        id=page,
        incident=incident.id,
        run=run,
        step=step,
        target=";".join(targets),
        text=shortened(text),
        repeat_ms=repeat_after // timedelta(milliseconds=1),
        opened_at=ms(now),
        next_due=ms(now + repeat_after),
    )
    reached = _send(station, incident, page, targets, shortened(text), 0, now)
    record(station.store, actor, now, "page.sent", incident.id, to=list(targets), reached=reached, text=text)
    return page


def repeat(station: Station, incident: Incident, page_id: str, now: datetime) -> None:
    """Sends the next round of an open page that is due, each person by the next contact. Safe when two try at once."""
    queries = station.store.queries("incident.paging")
    with station.store.transaction():
        page = queries.page_by_id(id=page_id)
        turn = page["round"] + 1
        due = ms(now) + max(page["repeat_ms"], 1_000)
        if queries.next_round(id=page_id, round=turn, next_due=due, before=page["round"]) == 1:
            _send(station, incident, page_id, page["target"].split(";"), page["text"], turn, now)


def acknowledge(station: Station, actor: Actor, incident: Incident, now: datetime) -> list[Row]:
    """Acknowledges every open page of the incident; returns those that were open. No page goes out again."""
    queries = station.store.queries("incident.paging")
    with station.store.transaction():
        won = [
            page
            for page in list(queries.pages_of(incident=incident.id))
            if page["state"] == "open" and queries.acknowledge_page(id=page["id"], person=actor.person, at=ms(now)) == 1
        ]
        if won:
            record(station.store, actor, now, "page.acknowledged", incident.id, pages=len(won))
    return won


def close_all(store: Store, incident: str) -> None:
    """Ends the open pages of an incident that has ended."""
    store.queries("incident.paging").close_pages(incident=incident)


def close_step(store: Store, incident: str, step: str) -> None:
    """Ends the open pages of a step that is skipped: there is nothing left to be called out for."""
    store.queries("incident.paging").close_pages_of_step(incident=incident, step=step)


def postpone(store: Store, page: str, due: datetime) -> None:
    """Looks at an open page again at `due`."""
    store.queries("incident.paging").postpone_page(id=page, next_due=ms(due))


def listed(store: Store, incident: str) -> list[Row]:
    return list(store.queries("incident.paging").pages_of(incident=incident))


def overdue(store: Store, now: datetime) -> list[Row]:
    """Open pages whose next round is due."""
    queries = store.queries("incident.paging")
    return [queries.page_by_id(id=row["id"]) for row in list(queries.due_pages(now=ms(now)))]


def earliest_due(store: Store) -> datetime | None:
    return maybe_at(store.queries("incident.paging").earliest()["due"])


def shortened(text: str) -> str:
    """The beginning of a text that fits a page; the whole of it stands on the timeline."""
    places = 0
    for index, letter in enumerate(text):
        places += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if places > WIDEST:
            return text[:index].rstrip() + "…"
    return text


def _send(
    station: Station, incident: Incident, page: str, targets: Sequence[str], text: str, turn: int, now: datetime
) -> list[str]:
    """One round; returns who was written to and how, for the record (names and channels, no addresses)."""
    people = who(station.people, holders(station.store, incident.id), targets)
    rows = staff.first_contacts(station, people, turn)
    staff.tell(
        station,
        incident,
        now,
        kind="page",
        step=f"page.{page}.{turn}",
        message="page",
        texts={"": text},
        rows=rows,
    )
    return [f"{person.id} by {channel}" for person, channel in rows]
