"""NO PLAY: the word that ends a drill at once, because something real has happened; everybody in it hears it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from incident import lifecycle
from incident.delivery import staff
from incident.delivery.source import told_somebody
from incident.delivery.station import Station
from incident.errors import IncidentError
from incident.lifecycle import Incident
from incident.people import Person
from incident.run import announcing
from incident.run.perform import Performance

STEP = "no-play"
"""Its place in the ledger; the staff's part ends in `.staff`."""


def tell(performance: Performance) -> None:
    """In the transaction that ended the drill: the staff who held a role, acted, or were called; then whoever got a
    notice of it. Nothing that cannot be said keeps the drill from ending."""
    station, incident = performance.desk.station, performance.desk.incident
    people = tuple(_involved(station, incident))
    rows = staff.first_contacts(station, people)
    words = _words(station, station.catalog.get("page").locales)
    staff.tell(
        station,
        incident,
        performance.desk.now,
        kind="page",
        step=f"{STEP}.staff",
        message="page",
        texts=words,
        rows=rows,
    )
    problem = _tell_audience(performance, station, incident)
    desk, told = performance.desk, sorted(person.id for person, _ in rows)
    lifecycle.record(
        station.store, desk.actor, desk.now, "drill.no_play", incident.id, told=told, not_told=problem or None
    )


def _involved(station: Station, incident: Incident) -> Iterator[Person]:
    """Each once, in the order of incident.yaml."""
    store = station.store
    called = {row["recipient"] for row in store.queries("incident.delivery").staff_told(incident=incident.id)}
    acted = {incident.declared_by, *lifecycle.holders(store, incident.id).values()}
    return (person for name, person in station.people.items() if name in acted or f"person:{name}" in called)


def _tell_audience(performance: Performance, station: Station, incident: Incident) -> str:
    """Returns why it could not be said; '' when it was, or when nobody was told anything before."""
    if not told_somebody(station.store, incident.id):
        return ""
    view = performance.view()
    step = replace(view.playbook.notices["update"], id=STEP)
    texts = _words(station, station.catalog.get(step.fields["template"]).locales)
    asked = replace(view, requested=((step, {"notice": "update", "texts": texts}),))
    try:
        made = announcing.draft(station, incident, asked, step, performance.desk.now)
    except IncidentError as error:
        return error.message
    announcing.release(station, incident, STEP, made, performance.desk.now)
    return ""


def _words(station: Station, locales: tuple[str, ...]) -> Mapping[str, str]:
    """The phrase in each language; in English where a language has none."""
    sheets = {locale: station.catalog.phrases(locale) for locale in locales}
    return {
        locale: "".join(sheet.values.get("no_play", ())) or _ENGLISH if sheet else _ENGLISH
        for locale, sheet in sheets.items()
    }


_ENGLISH = "NO PLAY. This exercise has ended. Stop what you are doing for it."
