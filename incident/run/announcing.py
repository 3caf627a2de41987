"""A notice from its step to the ledger: drafted (rendered, counted, hashed), then released exactly as drafted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from incident import ident
from incident.audience import Segment, SegmentError, bind, parse, to_sql
from incident.delivery.freeze import count_people, count_reachable, freeze, of_side, rows_a_chunk
from incident.delivery.model import Broadcast, Route
from incident.delivery.rules import frozen
from incident.delivery.rules.frozen import Rules
from incident.delivery.source import Received
from incident.delivery.station import Station
from incident.duty import promise
from incident.errors import Held, IncidentError
from incident.lifecycle import Incident
from incident.message.catalog import Message
from incident.message.locale import nearest
from incident.message.render import Context, Rendered, compose, fill
from incident.playbook.model import Step
from incident.playbook.sending import flat
from incident.run import scope
from incident.run.carefully import rules_of
from incident.run.history import View

SOURCES = ("received", "received_any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice as it would leave now. `hash` covers its texts in every language, its audience, its count, its channels:
    whoever approves approves exactly this. `people` is distinct people by their locale. With a `legal_basis` it
    reaches those who opted out too. `rules` say how carefully it leaves, `to_files` that a drill of it is only written
    down."""

    message: str
    audience: str
    where: str
    values: Mapping[str, Any]
    people: Mapping[str, int]
    routes: tuple[Route, ...]
    renderings: Mapping[tuple[str, str], Rendered]
    locales: Mapping[str, str]
    default_locale: str
    next_update: datetime | None
    legal_basis: str
    expires: timedelta | None
    rules: Rules = frozen.NONE
    to_files: bool = False
    hash: str = field(default="")

    @property
    def count(self) -> int:
        return sum(self.people.values())

    @property
    def is_empty(self) -> bool:
        """Nobody would get it, and no channel would post it."""
        return self.count == 0 and all(route.reach == "each" for route in self.routes)


def draft(
    station: Station,
    incident: Incident,
    view: View,
    step: Step,
    now: datetime,
    *,
    message: str | None = None,
    next_update: datetime | None = None,
) -> Draft:
    """What the step would send now. `next_update` keeps an earlier draft's promise; without it one is made from now.

    Raises Held when a required language is missing or a text does not fit its channel.
    """
    known = _message(station, message or step.fields["template"])
    segment, where, values = _audience(station, incident, view, step)
    where = of_side(where, incident.drill)
    people = count_people(station.store, where, values)
    locales = _locales(station, view, step, known, people)
    promised = next_update or _promise(view, step, known, incident.declared_at, now)
    routes = _routes(station, step, known)
    context = Context(
        incident_id=incident.id,
        title=incident.title,
        severity=incident.severity,
        phase=str(view.request(step.id).get("phase") or incident.phase),
        declared_at=incident.began_at,
        contact=incident.contact,
        params={**view.playbook.vars, **view.vars, **view.shown_params()},
        next_update=promised,
        texts=view.request(step.id).get("texts", {}),
        corrects=str(view.request(step.id).get("corrects") or ""),
        drill=incident.drill,
    )
    renderings: dict[tuple[str, str], Rendered] = {}
    for route in routes:
        wanted = [locale for locale in locales if not route.locales or locale in route.locales]
        renderings |= compose(
            station.catalog,
            known.name,
            view.playbook.case,
            view.playbook.kind,
            [station.slot(route.channel)],
            wanted if route.reach == "once" else locales,
            context,
            station.organisation,
        )
    default = station.organisation.default_locale
    made = Draft(
        message=known.name,
        audience=str(segment),
        where=where,
        values=values,
        people=people,
        routes=routes,
        renderings=renderings,
        locales={locale: nearest(locale, locales, default) for locale in people},
        default_locale=default,
        next_update=promised,
        legal_basis=_legal_basis(view, step),
        expires=step.fields.get("expires") or known.about.expires,
        to_files=station.drills.people == "files" or step.drill == "simulate",
    )
    rules = rules_of(
        step,
        view.playbook.guard,
        people=made.count,
        severity=incident.severity,
        legal_basis=made.legal_basis,
        time_zone=station.organisation.time_zone,
        by_hand=bool(view.request(step.id)),
    )
    return _sealed(replace(made, rules=rules))


def _message(station: Station, name: str) -> Message:
    """The message; one that was removed or broken since the run began holds the notice."""
    try:
        return station.catalog.get(name)
    except IncidentError as error:
        raise Held(error.message) from error


def _audience(station: Station, incident: Incident, view: View, step: Step) -> tuple[Segment, str, dict[str, Any]]:
    """Who is meant, with the run's values, and as SQL. Raises Held for an audience that cannot be asked for."""
    received = _OfSteps(Received(station.store, incident.id), view)
    try:
        segment = bind(parse(_audience_text(view, step), SOURCES), view.variables())
        return segment, *to_sql(segment, dict.fromkeys(SOURCES, received))
    except SegmentError as error:
        raise Held(f"The audience of '{step.id}' cannot be asked for: {error}.") from error


@dataclass(frozen=True, slots=True)
class _OfSteps:
    """`received('first-notice')` by the steps of the run with that id: of every turn, and of every value of a list."""

    received: Received
    view: View

    def sql(self, args: Sequence[str], prefix: str) -> tuple[str, dict[str, Any]]:
        return self.received.sql(self._keys(args), prefix)

    def matches(self, args: Sequence[str], recipient_id: str) -> bool:
        return self.received.matches(self._keys(args), recipient_id)

    def _keys(self, ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(key for id in ids for key in scope.keys_of(self.view, id) or (id,))


def _legal_basis(view: View, step: Step) -> str:
    """The step's own; a notice asked for by hand follows the one before it: whoever was told by law hears the rest."""
    own = str(step.fields.get("legal_basis") or "")
    request = view.request(step.id)
    if own or not request:
        return own
    corrected = view.step(str(request.get("corrects") or ""))
    before = [corrected] if corrected else [one for one in view.all_steps() if "release" in view.of(one.id).did]
    return next((basis for one in before if (basis := str(one.fields.get("legal_basis") or ""))), "")


def _audience_text(view: View, step: Step) -> str:
    """The step's audience. A correction for which the playbook names none goes to exactly those who got the notice that
    it corrects."""
    text, corrects = str(step.fields["audience"]), view.request(step.id).get("corrects")
    return f"received('{corrects}')" if corrects and text == "received_any()" else text


def _sealed(made: Draft) -> Draft:
    content = {
        "message": made.message,
        "audience": made.audience,
        "people": made.count,
        "channels": [f"{route.after}>{route.channel}" if route.after else route.channel for route in made.routes],
        "legal_basis": made.legal_basis,
        "texts": {f"{channel}/{locale}": text.to_json() for (channel, locale), text in made.renderings.items()},
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return replace(made, hash=hashlib.sha256(canonical.encode()).hexdigest())


def _locales(station: Station, view: View, step: Step, known: Message, people: Mapping[str, int]) -> tuple[str, ...]:
    """The languages it is rendered in: the organisation's, those the playbook requires, and those of the audience
    that the message has. A required one that is missing holds the notice."""
    required = (*station.organisation.locales, *view.playbook.guard.locales_required)
    missing = [locale for locale in dict.fromkeys(required) if nearest(locale, known.locales, "") == ""]
    if missing:
        raise Held(f"'{known.name}' is held: it does not exist in {', '.join(missing)}, which every notice needs.")
    spoken = {nearest(locale, known.locales, "") for locale in people} - {""}
    if view.request(step.id).get("texts"):
        spoken &= set(view.request(step.id)["texts"])
    return tuple(dict.fromkeys((*required, *sorted(spoken))))


def _routes(station: Station, step: Step, known: Message) -> tuple[Route, ...]:
    """The channels named by the step, chains among them; else all whose medium the message has."""
    media = set(known.media(known.locales[0])) if known.locales else set()
    named = flat(step.fields.get("channels") or ())
    chosen = named or [(name, "") for name, spec in station.channels.items() if spec.medium in media]
    gone = [name for name, _ in chosen if name not in station.channels]
    if gone:
        raise Held(f"'{step.id}' is held: there is no channel {', '.join(gone)} in incident.yaml any more.")
    return tuple(
        Route(
            channel=name,
            reach=station.channels[name].reach,
            column=station.channels[name].address or "id",
            locales=station.channels[name].locales,
            after=after,
            chunk=rows_a_chunk(station.channels[name]),
        )
        for name, after in chosen
    )


def _promise(view: View, step: Step, known: Message, declared_at: datetime, now: datetime) -> datetime | None:
    """When the next word comes, as the text will say: never earlier than promised, on a full five minutes.

    1. A last word promises nothing, nor does one that comes after it. 2. What was asked with the notice. 3. The step's
    own. 4. The cadence of the severity, the longer one in a long incident (`duty.promise.interval`).
    """
    if known.about.stage == "resolved" or view.facts.incident.get("state") != "open":
        return None
    asked = view.request(step.id).get("promise")
    cadence = view.playbook.cadence.get(str(view.facts.incident.get("severity", "")))
    after = (
        timedelta(seconds=asked)
        if asked
        else step.fields.get("promise_next") or promise.interval(cadence, now - declared_at)
    )
    return promise.next_word(now, after)


def preview(station: Station, made: Draft) -> dict[str, Any]:
    """What a person must have seen before it leaves: how many, by channel and language, and one text of each medium."""
    channels = {
        route.channel: (
            count_reachable(station.store, made.where, dict(made.values), route, critical=bool(made.legal_basis))
            if route.reach == "each"
            else {locale: 1 for channel, locale in made.renderings if channel == route.channel}
        )
        for route in made.routes
    }
    channels = {channel: _by_text(made, counts) for channel, counts in channels.items()}
    texts = {
        f"{channel}/{locale}": {"medium": rendered.medium, **fill(rendered, {})}
        for (channel, locale), rendered in made.renderings.items()
    }
    return {
        "message": made.message,
        "audience": made.audience,
        "count": made.count,
        "channels": channels,
        "texts": texts,
        "fallback": {route.channel: route.after for route in made.routes if route.after},
        "rules": json.loads(frozen.write(made.rules)),
        "hash": made.hash,
    }


def _by_text(made: Draft, counts: Mapping[str, int]) -> dict[str, int]:
    """People by the language that they will get, as the ledger counts them; not by the one that they wish for."""
    told: dict[str, int] = {}
    for locale, people in counts.items():
        given = made.locales.get(locale, locale)
        told[given] = told.get(given, 0) + people
    return told


def release(station: Station, incident: Incident, step: str, made: Draft, now: datetime) -> str:
    """Freezes a draft into the ledger; returns the broadcast's id. In the caller's transaction."""
    name = ident.token()
    freeze(
        station.store,
        Broadcast(
            id=name,
            kind="notice",
            incident=incident.id,
            step=step,
            message=made.message,
            audience=made.audience,
            people=made.count,
            hash=made.hash,
            thread=incident.id,
            critical=bool(made.legal_basis),
            routes=made.routes,
            renderings=made.renderings,
            locales=made.locales,
            default_locale=made.default_locale,
            where=made.where,
            values=made.values,
            expires_at=None if made.expires is None else now + made.expires,
            rules=made.rules,
            to_files=made.to_files,
        ),
        now,
    )
    return name
