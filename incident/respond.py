"""The hinge: a person (later: a warning) declares; an incident is made and its playbook begins to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident import journal, lifecycle
from incident.delivery import outbox
from incident.delivery.outbox import Confirm
from incident.delivery.source import people_told
from incident.delivery.station import Station
from incident.duty import clocks
from incident.errors import WrongState
from incident.ident import Series
from incident.journal import Actor, Entry
from incident.lifecycle import Incident
from incident.playbook.model import Playbook
from incident.playbook.params import check_params, masked
from incident.run import acts, foresee, life, no_play
from incident.run.acts import Office, Standing
from incident.run.foresee import Foreseen
from incident.store import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Among whom an incident stands from its first second: the people and roles that alone may see it (none: as the
    playbook says), and the larger incident that it is a part of."""

    restrict_to: Sequence[str] = ()
    parent: str | None = None


_ANYWHERE = Place()


def declare(
    office: Office,
    actor: Actor,
    playbook: Playbook,
    given: Mapping[str, str],
    confirm: Confirm,
    *,
    severity: str | None = None,
    contact: Mapping[str, str] | None = None,
    title: Mapping[str, str] | None = None,
    happened_at: datetime | None = None,
    place: Place = _ANYWHERE,
    drill: bool = False,
) -> Standing:
    """Declares an incident and lets its playbook run until it waits; all of it, or nothing. A drill is the same, its
    words end elsewhere (`delivery.sinks`).

    Raises BadValue for parameters that do not fit, WrongState for a parent that cannot be one, Held, CountNotConfirmed.
    """
    params = check_params(playbook, given)
    station = office.station
    with station.store.transaction():
        if place.parent:
            life.stay(station.store, place.parent)
        incident = lifecycle.declare(
            station.store,
            actor,
            station.clock(),
            series=Series(station.year(), drill),
            title=_marked(station, title or playbook.title) if drill else title or playbook.title,
            playbook=playbook.id,
            kind=playbook.kind,
            severity=severity or playbook.severity.default,
            params=masked(playbook.params, params),
            contact=contact or {},
            happened_at=happened_at,
        )
        if viewers := tuple(place.restrict_to) or playbook.restricted_to:
            lifecycle.restrict(station.store, actor, station.clock(), incident, viewers, None)
            incident = lifecycle.get(station.store, incident.id, 0)
        if place.parent:
            larger = lifecycle.get(station.store, place.parent, 0)
            lifecycle.adopt(station.store, actor, station.clock(), incident, larger, None)
            incident = lifecycle.get(station.store, incident.id, 0)
        return acts.start(office, incident, playbook, params, actor, confirm)


def _marked(station: Station, title: Mapping[str, str]) -> dict[str, str]:
    """The title of a drill says so itself, wherever it is shown: in lists, hand-overs, reviews, drafts of reports."""
    marks = {locale: station.catalog.exercise(locale) for locale in title}
    return {locale: f"{mark}{' ' * mark.isascii()}{title[locale]}" for locale, mark in marks.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a declaration would do: the incident and how it would stand, the timeline until it first waits, and every
    notice of the playbook as it would read now."""

    incident: Incident
    standing: Standing
    entries: tuple[Entry, ...]
    notices: tuple[Foreseen, ...]


class _TakenBack(Exception):
    """Ends the transaction of a trial: nothing of it is kept."""


def try_out(
    office: Office,
    actor: Actor,
    playbook: Playbook,
    given: Mapping[str, str],
    confirm: Confirm,
    **more: Any,
) -> Trial:
    """Declares as `declare` does, looks at what came of it, and takes it all back: the same code, every check, no row,
    and nothing that a sender could have seen. Raises as `declare` does; what would hold a notice stands in it.
    """
    store = office.station.store
    try:
        with store.transaction():
            standing = declare(office, actor, playbook, given, confirm, **more)
            seen = acts.seen(office, standing.incident)
            told = foresee.notices(office.station, seen.desk.incident, seen.view(), seen.desk.now)
            trial = Trial(
                incident=seen.desk.incident,
                standing=standing,
                entries=tuple(journal.read(store, standing.incident)),
                notices=tuple(told),
            )
            raise _TakenBack
    except _TakenBack:
        return trial


def cancel(
    office: Office, actor: Actor, incident: str, reason: str | None, *, abort: bool = False, force: bool = False
) -> tuple[Standing, int]:
    """A false alarm: the run ends and nothing more leaves the house. Returns how many deliveries were stopped.

    With `abort` it is a drill that ends because of something real, and everybody who was in it is told NO PLAY. Raises
    WrongState for anything else than a drill; while a child is open, unless by `force` (that word waits for nothing).
    """
    store = office.station.store
    with store.transaction():
        if abort and not lifecycle.get(store, incident, 0).drill:
            raise WrongState(
                f"{incident} is no drill. A false alarm ends with: incident cancel {incident} --reason '…'"
            )
        standing = acts.cancel(office, incident, actor, reason, force=force or abort)
        halted = _halt_all(office, actor, incident, "incident_cancelled")
        if abort:
            no_play.tell(acts.seen(office, incident, actor))
    for broadcast, _ in halted:
        outbox.settle_stopped(store, broadcast)
    return standing, sum(rows for _, rows in halted)


def merge(office: Office, actor: Actor, incident: str, into: str, reason: str | None) -> tuple[Standing, int]:
    """The incident lives on in another one: its run ends and nothing more leaves the house for it; who was told hears
    what that one says, whose timeline tells how many they are and which deadlines still run here. Returns how many
    deliveries were stopped. Raises WrongState.
    """
    store = office.station.store
    with store.transaction():
        standing = life.merge(office, incident, actor, into, reason)
        halted = _halt_all(office, actor, incident, "incident_merged")
        running = [one.id for one in clocks.running_of(store, incident)]
        if lifecycle.get(store, incident, 0).visibility == "restricted":
            running.clear()  # which deadlines it has says what it is
        lifecycle.record(
            *(store, actor, office.station.clock(), "incident.inherited", into),
            merged=incident,
            people=people_told(store, incident),
            clocks_left_there=running or None,
        )
    for broadcast, _ in halted:
        outbox.settle_stopped(store, broadcast)
    return standing, sum(rows for _, rows in halted)


def retract(office: Office, actor: Actor, incident: str, step: str, reason: str) -> int:
    """Stops what has not left of a notice that was wrong; who has it already is the correction's audience. Returns how
    many deliveries were stopped. Raises NotFound."""
    station = office.station
    (broadcast,) = outbox.find(station.store, incident, step)
    with station.store.transaction():
        rows = 0
        if broadcast["state"] in ("sending", "held"):
            rows = outbox.halt(station.store, broadcast, "stopped")
        lifecycle.record(
            station.store, actor, station.clock(), "broadcast.retracted", incident, reason=reason, step=step, rows=rows
        )
    if rows:
        outbox.settle_stopped(station.store, broadcast)
    return rows


def _halt_all(office: Office, actor: Actor, incident: str, reason: str) -> list[tuple[Row, int]]:
    """Ends every unfinished broadcast of an incident; returns each with its number of unsent deliveries."""
    station, halted = office.station, []
    for broadcast in outbox.find(station.store, None):
        if broadcast["incident"] != incident:
            continue
        try:
            halted.append((broadcast, outbox.halt(station.store, broadcast, reason)))
        except WrongState:  # it finished a moment ago
            continue
        lifecycle.record(
            station.store, actor, station.clock(), "broadcast.stopped", incident, reason=reason, step=broadcast["step"]
        )
    return halted


def describe(standing: Standing) -> list[dict[str, Any]]:
    """What a run waits for, as scripts read it."""
    return [
        {
            "step": wait.step,
            "type": wait.type,
            "role": wait.role or None,
            "command": wait.command or None,
            "why": wait.why,
            "due": wait.due,
        }
        for wait in standing.waiting
    ]
