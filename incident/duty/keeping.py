"""Keeping promises: made by a notice, kept or broken by the next one, rung at their times by whichever worker is first.

A promise has one reminder scheduled (`next_due`); the next word to the public ends it and schedules the next promise's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from incident import paging
from incident.delivery import staff
from incident.duty import alarm, promise, promises
from incident.duty.alarm import Alarm
from incident.duty.promises import Promise
from incident.duty.told import local
from incident.journal import Actor
from incident.lifecycle import Incident, holders, record, set_promise
from incident.now import iso, maybe_at, maybe_ms, ms
from incident.paging import reading
from incident.paging.plan import USUAL, Terms
from incident.paging.resolve import find
from incident.store import Store

if TYPE_CHECKING:
    from incident.delivery.station import Station
    from incident.playbook.model import Overdue

_REPEAT = promise.GRACE * 5
"""An escalation calls again after five minutes, until somebody acknowledges."""


def spoken(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: Incident,
    *,
    step: str,
    broadcast: str,
    next_update: datetime | None,
    overdue: Overdue,
) -> None:
    """A notice has left: it keeps or breaks the promise before it, and what it promises itself is written down.

    In the transaction that releases the notice.
    """
    before = promises.last(store, incident.id)
    if before is not None and before.ended_at is None:
        _end(store, actor, now, before, promise.verdict(before.due, now), step=step, broadcast=broadcast)
    set_promise(store, actor, now, incident.id, next_update)
    if next_update is not None:
        no = before.no + 1 if before else 1
        _insert(store, actor, now, incident, no, "next", next_update, overdue, step=step, broadcast=broadcast)


def aim(store: Store, actor: Actor, now: datetime, incident: Incident, due: datetime, overdue: Overdue) -> None:
    """The first notice is to be out by `due`; a target of ours, told to nobody. A second call moves it while it is
    open: the severity has changed, and with it the cadence."""
    before = promises.last(store, incident.id)
    if before is None:
        _insert(store, actor, now, incident, 1, "first", due, overdue, step="", broadcast=None)
    elif before.kind == "first" and before.state == "open" and before.due != due:
        moved = promise.alarms(due, overdue, public=False)
        rung = sum(1 for one in moved if one.at < now)
        store.queries("incident.duty").move_promise(
            incident=incident.id,
            no=before.no,
            severity=incident.severity,
            due=ms(due),
            alarms=_dumped(moved),
            escalate_to=";".join(overdue.escalate_to),
            rung=rung,
            next_due=maybe_ms(alarm.next_at(moved, rung)),
        )


def give_up_aim(store: Store, actor: Actor, now: datetime, incident: str) -> None:
    """The run is over: nobody is hurried any more to send a first notice. What was promised in public stands."""
    found = promises.last(store, incident)
    if found is not None and found.kind == "first" and found.ended_at is None:
        _end(store, actor, now, found, "withdrawn", reason="the run is over")


def withdraw(store: Store, actor: Actor, now: datetime, incident: str, reason: str | None) -> None:
    """Nothing is owed any more: the incident has ended without a further word."""
    found = promises.last(store, incident)
    if found is not None and found.ended_at is None:
        _end(store, actor, now, found, "withdrawn", reason=reason)


def take_over(
    store: Store, actor: Actor, now: datetime, incident: Incident, merged: Incident, overdue: Overdue
) -> datetime | None:
    """What was promised in public in the merged incident, and is owed still, is owed by the one in which it lives on;
    returns when. None when nothing was, or when that one owes its own word as soon: everybody hears that.

    A public promise comes before our own target for a first notice. `overdue` is of the incident that takes it over.
    """
    found, own = promises.last(store, merged.id), promises.last(store, incident.id)
    withdraw(store, actor, now, merged.id, f"it lives on in {incident.id}")
    if found is None or found.ended_at is not None or found.kind != "next":
        return None
    if own is not None and own.ended_at is None:
        if own.kind == "next" and own.due <= found.due:
            return None
        _end(store, actor, now, own, "withdrawn", reason=f"{merged.id} has promised one of its own, which is owed now")
    set_promise(store, actor, now, incident.id, found.due)
    no, made_in = own.no + 1 if own else 1, f"{merged.id} {found.made_in}"
    _insert(store, actor, now, incident, no, "next", found.due, overdue, step=made_in, broadcast=None)
    return found.due


def owe_again(store: Store, actor: Actor, now: datetime, incident: Incident, due: datetime, overdue: Overdue) -> None:
    """An incident opened again owes a word by `due` to those who were told before, as if its last notice had promised
    it. Nothing else is owed: what was, ended with the incident."""
    before = promises.last(store, incident.id)
    set_promise(store, actor, now, incident.id, due)
    no = before.no + 1 if before else 1
    _insert(store, actor, now, incident, no, "next", due, overdue, step=promises.REOPENED, broadcast=None)


def ring(
    station: Station,
    actor: Actor,
    now: datetime,
    incident: Incident,
    found: Promise,
    run: str,
    terms: Terms = USUAL,
) -> list[str]:
    """Rings the alarms that are due, each once however many try; returns what was rung, `holding` for the caller to
    send. In the caller's transaction: the row moves together with the page that it caused. `terms` are the playbook's:
    whom it names for a role, who answers."""
    rung = alarm.due(found.alarms, found.rung, now)
    what = [one.what for one in rung.alarms]
    broken = "broken" in what
    moved = station.store.queries("incident.duty").ring_promise(
        incident=found.incident,
        no=found.no,
        before=found.rung,
        rung=rung.rung,
        next_due=maybe_ms(rung.next_due),
        state="broken" if broken else found.state,
    )
    if moved != 1 or not what:
        return []
    if broken:
        record(station.store, actor, now, "promise.broken", incident.id, promise=found.no, until=iso(found.due))
    if "escalate" in what:
        record(
            station.store, actor, now, "promise.escalated", incident.id, promise=found.no, to=list(found.escalate_to)
        )
        call(station, actor, now, incident, found, run, terms)
    elif "nudge" in what and "holding" not in what:  # whoever is called out for it needs no reminder
        _nudge(station, actor, now, incident, found, rung.rung)
    return what


def _nudge(station: Station, actor: Actor, now: datetime, incident: Incident, found: Promise, turn: int) -> None:
    """One message to whoever owns the words: the holder of comms, else the commander, else all who may be comms."""
    held = holders(station.store, incident.id)
    roster = reading.roster(station, incident.id, now)
    people = find(roster, [held.get("comms") or held.get("commander") or "comms"]).people
    rows = staff.first_contacts(station, people)
    text = _words(station, incident, found, now)
    staff.tell(
        station,
        incident,
        now,
        kind="page",
        step=f"{found.step}.{turn}",
        message="reminder",
        texts={"": text},
        rows=rows,
    )
    to = [person.id for person, _ in rows]
    record(station.store, actor, now, "promise.nudged", incident.id, promise=found.no, to=to, until=iso(found.due))


def call(
    station: Station, actor: Actor, now: datetime, incident: Incident, found: Promise, run: str, terms: Terms = USUAL
) -> None:
    """Calls out for an overdue word whom the playbook names, else the commander; not twice for the same promise."""
    if any(
        page["step"] == found.step and page["state"] == "open" for page in paging.listed(station.store, incident.id)
    ):
        return
    text, targets = _words(station, incident, found, now), found.escalate_to or ("commander",)
    paging.open_page(station, actor, incident, targets, text, _REPEAT, run=run, step=found.step, now=now, terms=terms)


def _words(station: Station, incident: Incident, found: Promise, now: datetime) -> str:
    """What staff read on a locked phone: what is owed, by when, and what to type."""
    due = local(found.due, station.organisation.time_zone)
    late = "LATE: " if now > found.due else ""
    if found.kind == "first":
        return f"{late}The first notice should be out by {due}. See: incident show {incident.id}"
    if found.made_in == promises.REOPENED:
        return f"{late}It is open again, which customers do not know. Tell them by {due}: incident update {incident.id}"
    return f"{late}Customers were promised the next word by {due}. Type: incident update {incident.id}"


def overdue(store: Store, now: datetime) -> list[tuple[str, int]]:
    """(incident, number) of the promises whose next alarm is due."""
    return [(row["incident"], row["no"]) for row in store.queries("incident.duty").due_promises(now=ms(now))]


def earliest_due(store: Store) -> datetime | None:
    return maybe_at(store.queries("incident.duty").earliest_promise()["due"])


def postpone(store: Store, incident: str, no: int, due: datetime) -> None:
    """Looks at a promise again at `due`."""
    store.queries("incident.duty").postpone_promise(incident=incident, no=no, next_due=ms(due))


def _insert(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: Incident,
    no: int,
    kind: str,
    due: datetime,
    overdue: Overdue,
    *,
    step: str,
    broadcast: str | None,
) -> None:
    alarms = promise.alarms(due, overdue, public=kind == "next")
    store.queries("incident.duty").insert_promise(
        incident=incident.id,
        no=no,
        kind=kind,
        severity=incident.severity,
        made_in=step,
        broadcast=broadcast,
        made_by=actor.person,
        made_at=ms(now),
        due=ms(due),
        alarms=_dumped(alarms),
        holding=overdue.holding,
        escalate_to=";".join(overdue.escalate_to),
        next_due=maybe_ms(alarm.next_at(alarms, 0)),
    )


def _end(
    store: Store,
    actor: Actor,
    now: datetime,
    found: Promise,
    state: str,
    *,
    step: str | None = None,
    broadcast: str | None = None,
    reason: str | None = None,
) -> None:
    """Ends what is owed, once. What was broken stays broken: it is on record when the word came after all."""
    kept = "broken" if found.state == "broken" else state
    done = store.queries("incident.duty").end_promise(
        incident=found.incident,
        no=found.no,
        state=kept,
        step=step,
        broadcast=broadcast,
        person=actor.person,
        at=ms(now),
        reason=reason,
    )
    if done != 1:
        return
    paging.close_step(store, found.incident, found.step)
    late = found.state == "broken" and state != "withdrawn"
    kind = "promise.caught_up" if late else f"promise.{state}"
    record(
        store, actor, now, kind, found.incident, reason=reason, promise=found.no, until=iso(found.due), step=step or ""
    )


def _dumped(alarms: Sequence[Alarm]) -> str:
    return json.dumps([{"at": ms(one.at), "what": one.what} for one in alarms])
