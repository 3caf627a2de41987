"""Composes a notice: every medium in every language rendered once, with open places for what differs per recipient.

What comes from outside (staff's words, parameters, contacts, names) is data: it is escaped and inserted, and what was
rendered is never rendered again, so `{{ }}` in it is just text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incident.errors import Held, Mistakes
from incident.message import fit
from incident.message.catalog import Catalog, Message
from incident.message.cldr import Formats
from incident.message.context import Context, Slot
from incident.message.medium import MARKED
from incident.message.organisation import Organisation
from incident.message.press import Press, TemplateWrong, press
from incident.message.rendered import Rendered, fill, needed
from incident.message.scope import facts

__all__ = ["Context", "Rendered", "Slot", "compose", "fill", "needed"]


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
            raise Held(f"'{message}' in {locale}: {wrong}. See: incident message lint {message}") from wrong
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
        known = facts(message, locale, context, organisation, formats)
        phrases = catalog.phrases(locale)
        if phrases is None:
            raise Held(f"There are no phrases in {locale}: add templates/layout/{locale}.yaml.")
        scope = {**known, "phrases": printer.sheet(phrases, known, "phrases"), "words": {}}
        if message.about.words:
            chosen = catalog.case_for(case, kind)
            words = catalog.words(chosen, locale)
            if words is None:
                raise Held(
                    f"'{message.name}' has no words for the case '{chosen}' in {locale}: "
                    f"add templates/words/{chosen}/{locale}.yaml."
                )
            scope["words"] = printer.sheet(words, scope, "words")
            own = {key: text for key, text in scope["words"].items() if key in scope["phrases"]}
            scope["phrases"] = {**scope["phrases"], **own}  # a case may say a shared phrase in words of its own
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
