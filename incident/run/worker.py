"""The worker: does what is due (runs, pages, deliveries) and says when the next thing is.

Each kind of thing keeps its own due times; this only asks them in turn. Several workers at once are safe: a run is
locked by its transaction, a page's round moves by one conditional update, a delivery is claimed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from incident import lifecycle, paging
from incident.delivery import claims, sender
from incident.delivery.line import Line
from incident.run import acts
from incident.run import store as runs
from incident.run.acts import Office


def tick(office: Office, line: Line, stopping: threading.Event, watch: Callable[[], None]) -> None:
    """Does everything that is due now."""
    look_after_runs(office)
    if not stopping.is_set():
        sender.drain(office.station.store, line, office.station.clock, stopping=stopping, watch=watch)


def look_after_runs(office: Office) -> None:
    """Runs and pages that are due: rows only, nothing leaves the house here."""
    station = office.station
    for run in runs.overdue(station.store, station.clock()):
        acts.go_on_with(office, run)
    for page in paging.overdue(station.store, station.clock()):
        paging.repeat(station, lifecycle.get(station.store, page["incident"], 0), page["id"], station.clock())


def next_due(office: Office) -> datetime | None:
    """When something is due next; None when everything waits for people, or is over. What another process holds is
    due when its lease ends: should it have died, somebody must take it over."""
    store = office.station.store
    dues = (runs.earliest_due(store), paging.earliest_due(store), sender.next_due(store), claims.earliest_end(store))
    return min((due for due in dues if due is not None), default=None)
