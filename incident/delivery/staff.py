"""Telling staff: pages and approval requests share the ledger and the senders, in the lane that never waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from incident import ident
from incident.channel.spec import ChannelSpec
from incident.delivery.freeze import freeze, rows_a_chunk
from incident.delivery.model import Broadcast, Direct, Route
from incident.delivery.station import Station
from incident.errors import IncidentError
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.message.locale import nearest
from incident.message.render import Context, Rendered, compose
from incident.people import WORKER, Person, os_user
from incident.people.contact import ways


def channels(station: Station) -> dict[str, str]:
    """The channels that reach one person at a time, each with the kind of address it needs."""
    return {spec.name: spec.address for spec in station.channels.values() if spec.reach == "each"}


def contacts(station: Station, person: Person, priority: str = "high") -> tuple[str, ...]:
    """The channels by which a person is reached, in the person's order; else in the order of incident.yaml."""
    return ways(person, channels(station), priority)


def worker() -> Actor:
    """The actor of what happens by itself."""
    return Actor(person=WORKER, os_user=os_user())


def tell(
    station: Station,
    incident: Incident,
    now: datetime,
    *,
    kind: str,
    step: str,
    message: str,
    texts: Mapping[str, str],
    rows: Sequence[tuple[Person, str]],
) -> int | None:
    """Freezes a message to (person, channel) pairs; its ledger number, or None when there is nobody to tell.

    `kind` is `page` or `approval`; `step` names it in the ledger, once per incident.
    """
    if not rows:
        return None
    organisation = station.organisation
    direct = tuple(_direct(station, person, channel) for person, channel in rows)
    channels = tuple(dict.fromkeys(channel for _, channel in rows))
    context = Context(
        incident_id=incident.id,
        title=incident.title,
        severity=incident.severity,
        phase=incident.phase,
        declared_at=incident.began_at,
        contact=incident.contact,
        params=incident.params,
        texts=texts,
        drill=incident.drill,
    )
    renderings: dict[tuple[str, str], Rendered] = {}
    for channel in channels:
        locales = sorted({row.locale for row in direct if row.channel == channel})
        slots = [station.slot(channel)]
        try:
            renderings |= compose(
                station.catalog, message, incident.playbook, incident.kind, slots, locales, context, organisation
            )
        except IncidentError:  # a broken template, a text too long: bare words beat silence
            bare = _bare(station.channels[channel].medium, incident, texts)
            renderings |= {(channel, locale): bare for locale in locales}
    return freeze(
        station.store,
        Broadcast(
            id=ident.token(),
            kind=kind,
            incident=incident.id,
            step=step,
            message=message,
            audience="staff",
            people=len({row.recipient for row in direct}),
            hash="",
            thread=incident.id,
            critical=True,
            routes=tuple(_route(station.channels[name]) for name in channels),
            renderings=renderings,
            direct=direct,
            to_files=station.drills.staff == "files",
        ),
        now,
    )


def _route(spec: ChannelSpec) -> Route:
    return Route(channel=spec.name, reach="each", column=spec.address, chunk=rows_a_chunk(spec))


def _direct(station: Station, person: Person, channel: str) -> Direct:
    return Direct(
        recipient=f"person:{person.id}",
        channel=channel,
        locale=locale_of(station, person),
        address=person.address(station.channels[channel].address),
        name=person.name,
    )


def _bare(medium: str, incident: Incident, texts: Mapping[str, str]) -> Rendered:
    """The words without any template, in the parts that the medium carries."""
    name = f"[EXERCISE] {incident.id}" if incident.drill else incident.id
    words = next(iter(texts.values()), name)
    title = f"{name}: {words}"[:60]
    parts = {
        "email": {"subject": title, "text": words},
        "push": {"title": title, "body": words, "link": ""},
    }
    return Rendered(medium, parts.get(medium, {"text": f"{name}: {words}"}))


def locale_of(station: Station, person: Person) -> str:
    """The person's language if staff messages exist in it, else the organisation's first."""
    default = station.organisation.default_locale
    try:
        available = station.catalog.get("page").locales
    except IncidentError:  # its template is broken; whoever is called gets the bare words
        return default
    return nearest(person.locale or default, available, default)


def first_contacts(station: Station, people: Iterable[Person], turn: int = 0) -> list[tuple[Person, str]]:
    """Each person with the contact whose turn it is; people without any contact fall out."""
    pairs = []
    for person in people:
        own = contacts(station, person)
        if own:
            pairs.append((person, own[turn % len(own)]))
    return pairs
