"""Drafts of reports to authorities: templates/report/<template>/<locale>.j2, filled with what the record says.

A draft holds facts and gaps, never guesses: what nobody has recorded is printed as `[to be filled: …]`, in the words of
the report's language, for a person to fill in. Whether and what is reported a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from incident import journal, registry
from incident.delivery.station import Station
from incident.duty import clocks
from incident.duty.clocks import LegalClock
from incident.errors import Held, NotFound
from incident.expression import environment
from incident.lifecycle import Incident, holders, tasks
from incident.message import marker
from incident.message.catalog import Catalog
from incident.message.cldr import Formats
from incident.message.locale import chain, nearest
from incident.shape import choose

FOLDER = "report"
GENERAL = "general"
"""The draft of a rule that names none."""
_BLANK = re.compile(r"\n{3,}")


class Known(dict[str, Any]):
    """Values by name; one that nobody has recorded is None, which a template prints as a gap."""

    def __missing__(self, name: str) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A draft in one language. `gaps` are what a person must fill in."""

    text: str
    locale: str
    gaps: tuple[str, ...]


def templates(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """Each report's name and the languages it exists in."""
    found: dict[str, set[str]] = {}
    for folder in catalog.folders:
        for file in (folder / FOLDER).glob("*/*.j2"):
            if file.parent.name != "parts":
                found.setdefault(file.parent.name, set()).add(file.stem)
    return {name: tuple(sorted(locales)) for name, locales in sorted(found.items())}


def draft(station: Station, incident: Incident, clock: LegalClock, locale: str | None, now: datetime) -> Report:
    """The report of a clock, in `locale` or the first language that its authority reads.

    Raises NotFound for a language that it does not exist in, Held when its template is wrong.
    """
    there = templates(station.catalog)
    name = clock.rule.template or GENERAL
    if name not in there:
        raise NotFound(f"There is no report '{name}' under templates/report/. {registry.nearest(name, there)}")
    wanted = locale or next(iter(clock.rule.languages), station.organisation.default_locale)
    chosen = nearest(wanted, there[name], "" if locale else there[name][0])
    if not chosen:
        raise NotFound(f"The report '{name}' is not written in {wanted}. It exists in: {', '.join(there[name])}.")
    formats = Formats(locale=chosen, time_zone=clock.rule.time_zone)
    gaps: list[str] = []

    def seen(what: str) -> str:
        """Templates call it for each gap that they print."""
        gaps.append(what)
        return what

    variables = {**facts(station, incident, clock, chosen, now), "seen": seen}
    text = _rendered(station.catalog, f"{FOLDER}/{name}/{chosen}.j2", formats, variables)
    return Report(text=text, locale=chosen, gaps=tuple(gaps))


def facts(station: Station, incident: Incident, clock: LegalClock, locale: str, now: datetime) -> dict[str, Any]:
    """What a report may say, all of it from the record; what came from people is cleaned of control characters."""
    entries = list(journal.read(station.store, incident.id))
    readable = (*chain(locale), "", station.organisation.default_locale)
    organisation = {
        name: marker.clean_line(station.organisation.text(name, locale)) for name in ("name", "contact", "legal_footer")
    }
    kin = [clock, *_of_the_same_law(clock, clocks.of_incident(station.store, incident.id))]
    answers = {key: value for entry in entries for key, value in _answers(entry).items()}
    return {
        "now": now,
        "organisation": Known(organisation),
        "incident": Known(
            id=incident.id,
            title=marker.clean_line(choose(incident.title, readable)),
            kind=incident.kind,
            severity=incident.severity,
            phase=incident.phase,
            state=incident.state,
            began_at=incident.began_at,
            declared_at=incident.declared_at,
            ended_at=incident.ended_at,
        ),
        "params": Known({key: _clean(value) for key, value in {**incident.params, **answers}.items()}),
        "clock": Known(
            id=clock.id,
            title=choose(clock.rule.title, readable),
            authority=choose(clock.rule.authority, readable),
            article=clock.rule.source.article,
            source=clock.rule.source.title,
            due=clock.due,
            anchor_at=clock.anchor_at,
            judged_at=min(one.started_at for one in kin),
        ),
        "before": [_submitted(one) for one in kin if one.submitted_at and one.id != clock.id],
        "roles": Known(holders(station.store, incident.id)),
        "notices": [_notice(entry) for entry in entries if entry.kind == "broadcast.released"],
        "measures": [
            marker.clean_line(task.title) for task in tasks(station.store, incident.id) if task.state == "done"
        ],
        "notes": [
            {"at": entry.happened_at, "text": marker.clean_line(str(entry.detail.get("text", "")))}
            for entry in entries
            if entry.kind == "note"
        ],
        "timeline": [_line(entry) for entry in entries],
    }


def _of_the_same_law(clock: LegalClock, others: Sequence[LegalClock]) -> list[LegalClock]:
    """The other clocks of the jurisdiction: when the first of them was started it was judged to be reportable."""
    return [one for one in others if one.rule.jurisdiction == clock.rule.jurisdiction and one.id != clock.id]


def _answers(entry: journal.Entry) -> Mapping[str, Any]:
    """What people answered; secrets are masked there already."""
    values = entry.detail.get("values") if entry.kind == "question.answered" else None
    return values if isinstance(values, Mapping) else {}


def _submitted(clock: LegalClock) -> Mapping[str, Any]:
    return Known(id=clock.id, title=Known(clock.rule.title), at=clock.submitted_at, reference=clock.reference)


def _notice(entry: journal.Entry) -> Mapping[str, Any]:
    return Known(
        at=entry.recorded_at,
        message=entry.detail.get("message"),
        people=entry.detail.get("people"),
        step=entry.detail.get("step"),
    )


def _line(entry: journal.Entry) -> Mapping[str, Any]:
    detail = Known({key: _clean(value) for key, value in entry.detail.items()})
    return Known(at=entry.happened_at, kind=entry.kind, reason=_clean(entry.reason), detail=detail)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return marker.clean_line(value)
    return [_clean(one) for one in value] if isinstance(value, list | tuple) else value


def _rendered(catalog: Catalog, name: str, formats: Formats, variables: Mapping[str, Any]) -> str:
    filters: dict[str, Callable[..., Any]] = {
        "datetime": lambda instant: _instant(instant, formats),
        "number": formats.number,
    }
    try:
        text = environment(filters=filters, loader=catalog.source).get_template(name).render(variables)
    except Exception as error:  # whatever a template of staff's own can raise: one kind of mistake to the caller
        raise Held(f"The report template {catalog.file(name) or name} cannot be rendered: {error}.") from error
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return _BLANK.sub("\n\n", lines) + "\n"


def _instant(instant: datetime, formats: Formats) -> str:
    """With its year and zone, the same in every language: a report is read months later, elsewhere."""
    return f"{instant.astimezone(ZoneInfo(formats.time_zone)):%Y-%m-%d %H:%M} ({formats.zone(instant)})"
