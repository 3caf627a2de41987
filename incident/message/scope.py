"""The variables of a template: what they are called, and where their values come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.errors import Held
from incident.message import marker
from incident.message.catalog import Message
from incident.message.cldr import Formats
from incident.message.context import Context
from incident.message.locale import chain
from incident.message.medium import PER_RECIPIENT
from incident.message.organisation import LocalField, Organisation
from incident.shape import choose

ORGANISATION: tuple[LocalField, ...] = ("name", "short_name", "contact", "hours", "legal_footer", "status_page")
"""What a template may read of the organisation."""

INCIDENT = (
    "incident_id",
    "title",
    "severity",
    "phase",
    "declared_at",
    "next_update",
    "contact",
    "params",
    "text",
    "corrects",
    "drill",
)
VARIABLES = frozenset(
    ("organisation", "link", "locale", "zone", "phrases", "words", "phase_words", "self", *INCIDENT, *PER_RECIPIENT)
)
"""All names that a template may read."""


def facts(
    message: Message, locale: str, context: Context, organisation: Organisation, formats: Formats
) -> dict[str, Any]:
    """The variables that templates may use, apart from words and phrases; all from outside is cleaned.

    Raises Held when staff's words are needed and missing.
    """
    told = {name: marker.clean_line(organisation.text(name, locale)) for name in ORGANISATION}
    readable = (*chain(locale), "")
    contact = choose(context.contact, (*readable, organisation.default_locale))
    return {
        "organisation": told,
        "incident_id": marker.clean_line(context.incident_id),
        "title": marker.clean_line(choose(context.title, (*readable, organisation.default_locale))),
        "severity": marker.clean_line(context.severity),
        "phase": marker.clean_line(context.phase),
        "declared_at": context.declared_at,
        "next_update": context.next_update,
        "contact": marker.clean_line(contact) or told["contact"],
        "link": told["status_page"],
        "params": _cleaned(context.params),
        "text": marker.clean(_text(message, locale, context.texts)).strip(),
        "corrects": marker.clean_line(context.corrects),
        "drill": context.drill,
        "locale": locale,
        "zone": formats.zone(context.declared_at),
        **{name: marker.place(name) for name in PER_RECIPIENT},
    }


def _text(message: Message, locale: str, texts: Mapping[str, str]) -> str:
    """Staff's words for a reader of `locale`. Customers get their own language or nothing; staff any language."""
    readable = (*chain(locale), "")
    if message.about.readers == "staff":
        return choose(texts, readable)
    found = next((texts[tag] for tag in readable if texts.get(tag, "").strip()), "")
    if not found and message.about.text == "required":
        raise Held(f"'{message.name}' needs your words in {locale}: give them with --text {locale}=… or in the editor.")
    return found


def _cleaned(value: Any) -> Any:
    """Parameters as data: texts without control or marking characters, whatever they are nested in."""
    if isinstance(value, str):
        return marker.clean_line(value)
    if isinstance(value, Mapping):
        return {str(key): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value
