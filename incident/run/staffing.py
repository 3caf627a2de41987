"""What waits for staff and is due: gates that ask again, roles that nobody claimed, calendars to be fetched."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from incident import lifecycle, paging
from incident.delivery.station import Station
from incident.errors import IncidentError, StoreBusy, StoreMissing
from incident.now import maybe_at, ms
from incident.run import asking, claiming
from incident.store import Store

POSTPONED = timedelta(minutes=1)
_fetching = threading.Lock()


def look_after(station: Station, say: Callable[[str], object]) -> None:
    """Does what is due, rows only. What is wrong with one thing is said, and keeps no other from going on."""
    queries, now = station.store.queries("incident.run"), station.clock()
    for gate in list(queries.gates_to_ask(now=ms(now))):
        try:
            asking.ask_again(station, gate["id"], now)
        except (StoreBusy, StoreMissing):
            raise
        except IncidentError as error:
            queries.postpone_ask(id=gate["id"], ask_due=ms(now + POSTPONED))
            say(f"A gate of {gate['incident']} cannot ask again: {error.message}")
    for vacancy in list(queries.vacancies_due(now=ms(now))):
        place = {"incident": vacancy["incident"], "role": vacancy["role"]}
        try:
            claiming.call(station, vacancy["incident"], vacancy["role"], now)
        except (StoreBusy, StoreMissing):
            raise
        except IncidentError as error:
            queries.postpone_vacancy(**place, next_due=ms(now + POSTPONED))
            say(f"Nobody can be called for {vacancy['role']} of {vacancy['incident']}: {error.message}")


def earliest_due(store: Store) -> datetime | None:
    """When the first of them is due."""
    queries = store.queries("incident.run")
    dues = (maybe_at(queries.earliest_ask()["due"]), maybe_at(queries.earliest_vacancy()["due"]))
    return min((due for due in dues if due is not None), default=None)


def hurry(station: Station, incident: str) -> bool:
    """Goes on at once with an incident's pages whose last round reached nobody; returns whether somebody was called."""
    called = False
    for page in paging.overdue(station.store, station.clock()):
        if page["incident"] == incident:
            paging.repeat(station, lifecycle.get(station.store, incident, 0), page["id"], station.clock())
            called |= paging.rounds(station.store, page["id"]) > page["round"]
    return called


def fetch_calendars(station: Station, say: Callable[[str], object]) -> None:
    """Fetches the calendars that are due, beside the caller: a dead server must not keep a worker from its work."""
    names = station.oncall.due(station.clock())
    if names and _fetching.acquire(blocking=False):

        def fetch() -> None:
            try:
                for problem in station.oncall.refresh(names, station.clock()):
                    say(problem)
            finally:
                _fetching.release()

        threading.Thread(target=fetch, name="fetch-rotas", daemon=True).start()
