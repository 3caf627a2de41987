"""What people do to clocks, and a worker's look at clocks and promises: the hinge between a run and its duties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from incident.duty import clocks, clockwork, keeping, promises
from incident.duty.clocks import LegalClock
from incident.duty.clockwork import Submission
from incident.duty.promises import Promise
from incident.errors import Held, IncidentError, NotFound, StoreBusy, StoreMissing
from incident.journal import Actor
from incident.lifecycle import record
from incident.people import os_user
from incident.run.acts import Office, held
from incident.run.live import worker
from incident.run.perform import Performance, go_on
from incident.store import Store

POSTPONED = timedelta(minutes=1)
"""How soon a duty that could not be looked after is looked at again."""


def start_clock(
    office: Office, incident: str, actor: Actor, name: str, because: str, anchor_at: datetime | None
) -> LegalClock:
    """Starts a clock by hand, on suspicion, or says from when one that runs really counts.

    Raises NotFound, WrongState.
    """
    with held(office, incident, actor) as performance:
        desk = performance.desk
        try:
            rule = desk.owed.rule(performance.view(), name)
        except Held as error:
            raise NotFound(error.message) from error
        clockwork.start(
            office.station.store, actor, desk.now, desk.incident, rule, because=because, anchor_at=anchor_at
        )
        go_on(performance)
    return clocks.get(office.station.store, incident, name)


def submit_clock(office: Office, incident: str, actor: Actor, name: str, report: Submission) -> list[LegalClock]:
    """The report is with the authority. Returns the clock, then those that its submission started or moved.

    Raises NotFound, WrongState, Conflict.
    """
    with held(office, incident, actor) as performance:
        performance.desk.owed.submit(performance.view(), name, report)
        go_on(performance)
    store = office.station.store
    following = [one for one in clocks.of_incident(store, incident) if one.rule.of == name]
    return [clocks.get(store, incident, name), *following]


def dismiss_clock(office: Office, incident: str, actor: Actor, name: str, reason: str) -> LegalClock:
    """Decides that nothing is to be reported. Raises NotFound, WrongState."""
    with held(office, incident, actor) as performance:
        desk = performance.desk
        clockwork.dismiss(office.station.store, actor, desk.now, desk.incident, name, reason)
        go_on(performance)
    return clocks.get(office.station.store, incident, name)


def look_after(office: Office, say: Callable[[str], object] = str) -> None:
    """Clocks and promises whose time has come: rows only, nothing leaves the house here. What is wrong with one is
    said, and keeps no other from being looked after."""
    store, now = office.station.store, office.station.clock()
    for incident, clock in clockwork.overdue(store, now):
        later = partial(clockwork.postpone, store, incident, clock, now + POSTPONED)
        with _going_on(say, f"The clock {clock} of {incident}", later):
            _ring_clock(office, incident, clock)
    for incident, no in keeping.overdue(store, now):
        later = partial(keeping.postpone, store, incident, no, now + POSTPONED)
        with _going_on(say, f"The promise of {incident}", later):
            _ring_promise(office, incident, no)


def earliest_due(store: Store) -> datetime | None:
    """When a clock or a promise wants to be looked at."""
    dues = (clocks.earliest_due(store), keeping.earliest_due(store))
    return min((due for due in dues if due is not None), default=None)


@contextmanager
def _going_on(say: Callable[[str], object], what: str, later: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except (StoreBusy, StoreMissing):
        raise
    except IncidentError as error:
        later()
        say(f"{what} cannot be looked after: {error.message}")


def _ring_clock(office: Office, incident: str, name: str) -> None:
    with held(office, incident, worker(os_user())) as performance:
        desk, found = performance.desk, clocks.get(office.station.store, incident, name)
        clockwork.ring(office.station, desk.actor, desk.now, desk.incident, found, performance.run.id, desk.terms)
        go_on(performance)  # what waits may ask whether the clock is met


def _ring_promise(office: Office, incident: str, no: int) -> None:
    with held(office, incident, worker(os_user())) as performance:
        desk, found = performance.desk, promises.get(office.station.store, incident, no)
        rung = keeping.ring(office.station, desk.actor, desk.now, desk.incident, found, performance.run.id, desk.terms)
        if "holding" in rung:
            _send_holding(performance, found)


def _send_holding(performance: Performance, found: Promise) -> None:
    """Policy speaks when nobody did: the pre-approved words, to whoever was told before, a few times in a row at most.
    The same words for ever would tell people that nobody is there."""
    view, store = performance.view(), performance.store
    cadence = view.playbook.cadence.get(found.severity)
    most = cadence.overdue.holding_most if cadence else 0
    if promises.by_policy(promises.listed(store, found.incident)) >= most:
        return _unsaid(performance, found, "promise.holding_spent", f"sent {most} times in a row; a person must speak")
    try:
        sent = performance.desk.keep_promise(view, found.holding, promises.holding_step(found))
    except Held as why:  # raised before anything was written: a text is drafted first
        return _unsaid(performance, found, "promise.holding_held", why.message)
    _say(performance, found, "promise.holding", None if sent["broadcast"] else "nobody was there to be told")


def _unsaid(performance: Performance, found: Promise, kind: str, reason: str) -> None:
    """The policy cannot speak any more: a person is called who can."""
    desk = performance.desk
    _say(performance, found, kind, reason)
    keeping.call(desk.station, desk.actor, desk.now, desk.incident, found, performance.run.id, desk.terms)


def _say(performance: Performance, found: Promise, kind: str, reason: str | None) -> None:
    desk = performance.desk
    record(
        performance.store, desk.actor, desk.now, kind, found.incident, reason=reason, promise=found.no, by=found.holding
    )
