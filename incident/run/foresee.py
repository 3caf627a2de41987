"""What a run would say to the public, each notice drafted as it would leave now: for a dry run. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incident.audience import SegmentError, parse
from incident.delivery.station import Station
from incident.errors import Held, IncidentError
from incident.lifecycle import Incident
from incident.message import sample
from incident.playbook.model import Playbook, Step
from incident.run import announcing
from incident.run.announcing import SOURCES
from incident.run.history import View

_ANYBODY = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One notice of a playbook. `people` is None where the audience is known only later (those who were told before,
    what staff answer); `problem` is why it would be held."""

    step: str
    message: str
    audience: str
    people: int | None = None
    preview: Mapping[str, Any] | None = None
    problem: IncidentError | None = None


def notices(station: Station, incident: Incident, view: View, now: datetime) -> Iterator[Foreseen]:
    """Every notice of the playbook and of those it calls, in order; then those that staff start by a command."""
    for book in (view.playbook, *view.playbook.called.values()):
        inside = view if book is view.playbook else _called(view, book)
        for step in _announcing(_all(book)):
            yield _foresee(station, incident, inside, step, now)
        if book is view.playbook:
            for name, step in book.notices.items():
                yield _foresee(station, incident, inside, step, now, notice=name)


def _all(book: Playbook) -> tuple[Step, ...]:
    return (*book.steps, *book.finally_, *(step for steps in book.handlers.values() for step in steps))


def _announcing(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if "template" in step.fields:
            yield step
        yield from _announcing(step.steps)


def _called(view: View, book: Playbook) -> View:
    """A called playbook as it is before anybody has called it: its parameters have their defaults."""
    given = {param.name: param.default for param in book.params}
    return replace(view, playbook=book, given={"": given}, changed={}, here=None)


def _foresee(
    station: Station, incident: Incident, view: View, step: Step, now: datetime, *, notice: str = ""
) -> Foreseen:
    """1. An audience that is known only later is not counted; its words are still rendered in every language. 2. Words
    that staff will write are the examples of the message. 3. What would hold the notice is its problem."""
    told = Foreseen(step=step.id, message=step.fields["template"], audience=str(step.fields["audience"]))
    known = _is_known(view, told.audience)
    drafted = step if known else replace(step, fields={**step.fields, "audience": _ANYBODY})
    try:
        request = {"notice": notice, "texts": _words(station, step), "author": view.started_by}
        asked = replace(view, requested=((drafted, request),)) if notice or request["texts"] else view
        made = announcing.draft(station, incident, asked, drafted, now)
        preview = {**announcing.preview(station, made), "audience": told.audience}
    except IncidentError as problem:
        return replace(told, problem=problem)
    if not known:
        preview |= {"count": None, "channels": {name: {} for name in preview["channels"]}}
    return replace(told, people=made.count if known else None, preview=preview)


def _is_known(view: View, audience: str) -> bool:
    """Whether all that the audience hangs on has its value already. What cannot be read is the draft's to tell."""
    try:
        segment = parse(audience, SOURCES)
    except SegmentError:
        return True
    values = view.variables()
    return not segment.sources and all(values.get(name) is not None for name in segment.names)


def _words(station: Station, step: Step) -> Mapping[str, str]:
    """The words of the step itself; else examples, where the message carries what staff write."""
    own: Mapping[str, str] = step.fields.get("text") or {}
    message = station.catalog.get(step.fields["template"])
    if own or message.about.text != "required":
        return own
    examples = {locale: sample.example(message, "text", locale) for locale in station.organisation.locales}
    if not all(examples.values()):
        raise Held(f"'{message.name}' has no example of its words: add variables.text.example to its message.yaml.")
    return examples
