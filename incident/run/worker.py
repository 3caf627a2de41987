"""The worker: does what is due (runs, pages, deliveries) and says when the next thing is.

Each kind of thing keeps its own due times; this only asks them in turn. Several workers at once are safe: a run is
locked by its transaction, a page's round moves by one conditional update, a delivery is claimed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from incident import lifecycle, paging
from incident.delivery import dispatch
from incident.delivery.line import Line
from incident.errors import IncidentError, StoreBusy, StoreMissing
from incident.run import acts, audit, duties, errands, messenger, staffing
from incident.run import store as runs
from incident.run.acts import Office

LOOK_SECONDS = 1.0
"""How often runs and pages are looked after while deliveries go out."""

POSTPONED = timedelta(minutes=1)
"""How soon a page that could not go on is looked at again."""


def tick(
    office: Office,
    line: Line,
    stopping: threading.Event,
    watch: Callable[[], None],
    say: Callable[[str], object] = str,
    *,
    has_messenger: bool = False,
) -> None:
    """Does everything that is due now. What is wrong with one run is said, and keeps no other from going on. While a
    long broadcast goes out, runs and pages go on. Errands are done here, one by one, unless a messenger does them."""
    looked = time.monotonic()

    def watch_and_look() -> None:
        nonlocal looked
        if time.monotonic() - looked >= LOOK_SECONDS:
            looked = time.monotonic()
            look_after_runs(office, say)
        watch()

    staffing.fetch_calendars(office.station, say)
    look_after_runs(office, say)
    if not has_messenger and not stopping.is_set():
        messenger.drain(office)
    if not stopping.is_set():
        dispatch.dispatch(office.station.store, line, office.station.clock, stopping=stopping, watch=watch_and_look)


def look_after_runs(office: Office, say: Callable[[str], object] = str) -> None:
    """Runs, pages, clocks and promises that are due: rows only, nothing leaves the house here."""
    station = office.station
    stumbling = audit.stumbling(station.store)
    for run in runs.overdue(station.store, station.clock()):
        try:
            acts.go_on_with(office, run)
        except (StoreBusy, StoreMissing):
            raise
        except Exception as error:  # a defect of ours, too: it must not keep every other run from going on
            why = error.message if isinstance(error, IncidentError) else f"{type(error).__name__}, a defect"
            called = audit.stumbled(station, run, why, station.clock())
            say(f"The run {run} cannot go on: {why}{'; people are called' if called else ''}")
        else:
            if run in stumbling:
                audit.went_on(station.store, run)
    for page in paging.overdue(station.store, station.clock()):
        try:
            paging.repeat(station, lifecycle.get(station.store, page["incident"], 0), page["id"], station.clock())
        except (StoreBusy, StoreMissing):
            raise
        except IncidentError as error:
            paging.postpone(station.store, page["id"], station.clock() + POSTPONED)
            say(f"A page of {page['incident']} cannot go on: {error.message}")
    duties.look_after(office, say)
    staffing.look_after(station, say)


def next_delivery(office: Office, line: Line) -> datetime | None:
    """When a delivery is tried again, or a rule of sending looks again. What another process holds is due when its
    lease ends: should it have died, somebody must take it over."""
    return dispatch.next_due(office.station.store, line, office.station.clock())


def next_turn(office: Office) -> datetime | None:
    """When a run, an errand, a page, a clock or a promise wants to be looked at; None when everything waits for
    people."""
    store = office.station.store
    owners = (runs, errands, paging, duties, staffing)
    return _first(*(owner.earliest_due(store) for owner in owners))


def next_due(office: Office, line: Line) -> datetime | None:
    """When anything is due."""
    return _first(next_delivery(office, line), next_turn(office))


def _first(*dues: datetime | None) -> datetime | None:
    return min((due for due in dues if due is not None), default=None)
