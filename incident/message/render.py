"""Composes a notice: every medium in every language rendered once, with open places for what differs per recipient.

What comes from outside (staff's words, parameters, contacts, names) is data: it is escaped and inserted, and what was
rendered is never rendered again, so `{{ }}` in it is just text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.errors import Held, Mistakes
from incident.message import fit, marker
from incident.message.catalog import Catalog, Message
from incident.message.cldr import Formats
from incident.message.locale import chain
from incident.message.medium import MARKED, PER_RECIPIENT
from incident.message.organisation import Organisation
from incident.message.press import Press, TemplateWrong, press
from incident.shape import choose

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place where a notice goes: a channel, with its medium and network ('' for none in particular)."""

    channel: str
    medium: str
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is said of one incident at one moment. All of it is data.

    `contact` is the incident's own contact (hotline extension, path in the app); empty: the organisation's.
    `texts` are the words that staff wrote, per locale. `corrects` names what is corrected, for the record.
    """

    incident_id: str
    title: Texts
    severity: str
    phase: str
    declared_at: datetime
    contact: Texts = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    next_update: datetime | None = None
    texts: Texts = field(default_factory=dict)
    drill: bool = False
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text in one medium and locale, its open places not yet filled. JSON-able: the ledger freezes it."""

    medium: str
    parts: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"medium": self.medium, "parts": dict(self.parts)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Rendered:
        return cls(document["medium"], dict(document["parts"]))


def fill(rendered: Rendered, fields: Mapping[str, str]) -> dict[str, str]:
    """The parts for one recipient: `name`, `unsubscribe_url`, `reference`, each escaped for its part."""
    return {part: marker.fill_part(part, text, fields) for part, text in rendered.parts.items()}


def needed(rendered: Rendered) -> frozenset[str]:
    """The per-recipient variables that the text uses."""
    return frozenset().union(*(marker.variables(text) for text in rendered.parts.values()))


def compose(
    catalog: Catalog,
    message: str,
    case: str,
    kind: str,
    slots: Sequence[Slot],
    locales: Sequence[str],
    context: Context,
    organisation: Organisation,
) -> dict[tuple[str, str], Rendered]:
    """The notice by (channel, locale), complete or not at all.

    Raises NotFound for an unknown message, and Held, naming message, locale and medium, when 1. a locale or medium has
    no template, 2. the case has no words in a locale, 3. staff's words are missing, 4. a template fails, 5. a part is
    longer than its channel takes.
    """
    known = catalog.get(message)
    composed: dict[tuple[str, str], Rendered] = {}
    once: dict[tuple[str, str], Rendered] = {}
    for locale in locales:
        try:
            desk = Desk.open(catalog, known, case, kind, locale, context, organisation)
            for slot in slots:
                template = desk.template(slot)
                if (template, locale) not in once:
                    once[template, locale] = desk.render(template, slot.medium)
                composed[slot.channel, locale] = check_fit(known.name, locale, slot, once[template, locale])
        except TemplateWrong as wrong:
            raise Held(f"'{message}' in {locale} cannot be rendered: {wrong}. Run: incident message lint {message}") from wrong
        except Mistakes as wrong:
            raise Held(f"'{message}' in {locale} is held: {wrong.message}") from wrong
    return composed


def check_fit(message: str, locale: str, slot: Slot, rendered: Rendered) -> Rendered:
    """The text itself, when each part fits its channel; else raises Held with all that do not."""
    too_long = fit.misfits(slot.medium, slot.network, rendered.parts)
    if too_long:
        parts = ", ".join(f"{part} is {found}" for part, found in too_long.items())
        place = slot.medium + (f" on {slot.network}" if slot.network else "")
        raise Held(f"'{message}' in {locale} is too long for {place}: {parts}. Shorten the words; nothing is cut.")
    return rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that one message in one locale is rendered with."""

    message: Message
    locale: str
    press: Press
    scope: Mapping[str, Any]

    @classmethod
    def open(
        cls,
        catalog: Catalog,
        message: Message,
        case: str,
        kind: str,
        locale: str,
        context: Context,
        organisation: Organisation,
    ) -> Desk:
        """Raises Held when words are missing, TemplateWrong or Mistakes when they cannot be read."""
        formats = Formats(
            locale=locale,
            time_zone=organisation.time_zone,
            zone_name=organisation.text("time_zone_name", locale),
        )
        printer = press(catalog, formats)
        facts = _facts(message, locale, context, organisation, formats)
        phrases = catalog.phrases(locale)
        if phrases is None:
            raise Held(f"There are no phrases in {locale}: add templates/layout/{locale}.yaml.")
        scope = {**facts, "phrases": printer.sheet(phrases, facts), "words": {}}
        if message.about.words:
            chosen = catalog.case_for(case, kind)
            words = catalog.words(chosen, locale)
            if words is None:
                raise Held(
                    f"'{message.name}' has no words for the case '{chosen}' in {locale}: "
                    f"add templates/words/{chosen}/{locale}.yaml."
                )
            scope["words"] = printer.sheet(words, scope)
        scope["phase_words"] = scope["phrases"].get(f"phase_{context.phase}", "")
        return cls(message=message, locale=locale, press=printer, scope=scope)

    def template(self, slot: Slot) -> str:
        """Raises Held when the message does not exist in this medium and locale."""
        name = self.message.template(self.locale, slot.medium, slot.network)
        if name is None:
            raise Held(
                f"'{self.message.name}' has no {slot.medium} in {self.locale} (channel '{slot.channel}'): "
                f"add templates/{self.message.name}/{self.locale}/{slot.medium}.j2."
            )
        return name

    def render(self, template: str, medium: str) -> Rendered:
        """Raises TemplateWrong. A drill begins every title and text with its mark, whatever the template says."""
        parts = self.press.parts(template, medium, self.scope)
        if self.scope["drill"]:
            mark = self.scope["phrases"]["drill"]
            joint = " " if mark.isascii() else ""
            parts = {part: f"{mark}{joint}{text}" if part in MARKED else text for part, text in parts.items()}
        return Rendered(medium, parts)


def _facts(
    message: Message, locale: str, context: Context, organisation: Organisation, formats: Formats
) -> dict[str, Any]:
    """The variables that templates may use, apart from words and phrases."""
    fields = ("name", "short_name", "contact", "hours", "legal_footer", "status_page")
    told = {name: marker.clean_line(organisation.text(name, locale)) for name in fields}
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


VARIABLES = frozenset(
    "organisation incident_id title severity phase declared_at next_update contact link params text corrects drill "
    "locale zone phrases words phase_words self".split()
) | frozenset(PER_RECIPIENT)
"""All names that a template may read."""


def _text(message: Message, locale: str, texts: Texts) -> str:
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
