"""What can be done with no database, no network and no program but this one: whom to call, and what to say. From files.

Printed by day, it is the paper that lies in the drawer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from incident.errors import IncidentError
from incident.message import sample
from incident.message.catalog import Catalog
from incident.message.organisation import Organisation
from incident.message.render import Slot, compose, fill
from incident.people import Person
from incident.playbook.model import Playbook
from incident.playbook.params import check_notice
from incident.playbook.plan import lines as plan_lines
from incident.review.document import Document, Section, table

_SPOKEN = ("sms", "email", "chat", "push")
"""Media in the order in which their words can be read out."""
_PARTS = ("text", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One message of a playbook in one language, with example values; `problem` when it cannot be made."""

    playbook: str
    message: str
    locale: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The call tree, the playbooks as plans, and their words."""

    printed_at: datetime
    calls: tuple[dict[str, Any], ...]
    plans: Mapping[str, Sequence[str]]
    words: tuple[Words, ...]


def calls(people: Mapping[str, Person], on_call: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Everybody on the staff: who is on call now first, then who has a number, in the order of incident.yaml."""
    now = {name: rota for rota, names in on_call.items() for name in names}
    ordered = sorted(people.values(), key=lambda person: (person.id not in now, not person.phone))
    for person in ordered:
        yield {
            "person": person.id,
            "name": person.name,
            "phone": person.phone,
            "roles": list(person.roles) or ["any"],
            "on_call": now.get(person.id, ""),
        }


def words(
    catalog: Catalog, organisation: Organisation, playbook: Playbook, locales: Sequence[str], now: datetime
) -> Iterator[Words]:
    """Every message that the playbook sends to customers, once in each language."""
    steps = [step for step in (*playbook.steps, *playbook.notices.values()) if step.type == "announce"]
    for message in dict.fromkeys(str(step.fields["template"]) for step in steps):
        for locale in locales:
            yield _words(catalog, organisation, playbook, message, locale, now)


def _words(
    catalog: Catalog, organisation: Organisation, playbook: Playbook, name: str, locale: str, now: datetime
) -> Words:
    made = Words(playbook=playbook.id, message=name, locale=locale, text="")
    try:
        message = catalog.get(name)
        media = message.media(locale) or message.about.media
        medium = next(one for one in (*_SPOKEN, *media) if one in media)
        context = replace(
            sample.plausible(message, locale, now), title=playbook.title, contact={}, params=_params(playbook)
        )
        slot = Slot("paper", medium, "")
        texts = compose(catalog, name, playbook.case, playbook.kind, [slot], [locale], context, organisation)
        parts = fill(texts["paper", locale], sample.fields(message, locale))
    except IncidentError as error:
        return replace(made, problem=error.message)
    except StopIteration:
        return replace(made, problem=f"'{name}' has no words in {locale}.")
    return replace(made, text=next((parts[part].strip() for part in _PARTS if parts.get(part)), ""))


def _params(playbook: Playbook) -> Mapping[str, Any]:
    """What is not known yet stands as a gap to be filled with a pencil."""
    gaps = {param.name: "____" for param in playbook.params if param.type in ("string", "text")}
    try:
        return check_notice(playbook, {name: gap for name, gap in gaps.items() if _free(playbook, name)})
    except IncidentError:
        return gaps


def _free(playbook: Playbook, name: str) -> bool:
    param = next(one for one in playbook.params if one.name == name)
    return param.default is None and not param.enum and not param.pattern


def plan(playbook: Playbook, locales: Sequence[str]) -> list[str]:
    """The playbook as it reads."""
    return [line for line in plan_lines(playbook, locales) if line.strip()]


def document(found: Paper, printed: str) -> Document:
    """For paper. Example values stand in the words where the incident's own belong."""
    rows = [(one["phone"] or "no number", one["name"], ", ".join(one["roles"]), one["on_call"]) for one in found.calls]
    sections = [
        Section(heading="Whom to call", table=table(("telephone", "name", "roles", "on call now"), rows)),
        *(
            Section(
                heading=f"Playbook {name}",
                paragraphs=tuple(lines),
                table=table(("message", "language", "words"), _rows(found.words, name)),
                nothing="It says nothing to customers.",
            )
            for name, lines in found.plans.items()
        ),
    ]
    lead = (
        f"Printed {printed}, from files alone. Example numbers and times stand where the incident's own belong.",
        "Write down what you see and do: incident offline note; later: incident offline merge.",
    )
    return Document(title="Without the console", lead=lead, sections=tuple(sections))


def _rows(found: Sequence[Words], playbook: str) -> list[tuple[str, str, str]]:
    return [(one.message, one.locale, one.problem or one.text) for one in found if one.playbook == playbook]
