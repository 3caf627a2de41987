"""Whether every locale says the same: the same variables, numbers and links; and whether every name exists.

Compared are the sources, line by line of the files that belong together: two translations may order their sentences as
they like, but a number or a link that only one of them has is a mistake.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from incident.errors import Mistake, Mistakes
from incident.expression import Sandbox, TemplateError, environment, read_names
from incident.message.catalog import LAYOUT, WORDS, Catalog, Message
from incident.message.cldr import Formats
from incident.message.press import press
from incident.message.scope import ORGANISATION, VARIABLES
from incident.message.sheet import Sheet

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_LINK = re.compile(r"https?://[^\s<>\"'，。；、（）「」【】]+")
_PRESS = Formats(locale="en", time_zone="UTC")


@dataclass(frozen=True, slots=True)
class Said:
    """What must be the same in every locale."""

    variables: frozenset[str]
    numbers: tuple[str, ...]
    links: tuple[str, ...]


def compare(catalog: Catalog, messages: Sequence[Message]) -> list[Mistake]:
    """Unknown names first (they make comparing pointless), then what differs between locales."""
    found = [*_layout(catalog), *(m for message in messages for m in _templates(catalog, message))]
    for case in catalog.cases():
        found += _sheets(catalog, f"{WORDS}/{case}", catalog.word_locales(case))
    found += _sheets(catalog, LAYOUT, _phrase_locales(catalog))
    return found


def _phrase_locales(catalog: Catalog) -> tuple[str, ...]:
    return tuple(sorted({file.stem for folder in catalog.folders for file in folder.glob(f"{LAYOUT}/*.yaml")}))


def _layout(catalog: Catalog) -> Iterator[Mistake]:
    names = {file.name for folder in catalog.folders for file in folder.glob(f"{LAYOUT}/*.j2")}
    for name in sorted(names):
        if file := catalog.file(f"{LAYOUT}/{name}"):
            yield from _unknown(catalog, file, file.read_text(encoding="utf-8"), "en")


def _templates(catalog: Catalog, message: Message) -> Iterator[Mistake]:
    stems = sorted({stem for there in message.files.values() for stem in there})
    for stem in stems:
        said: dict[str, tuple[str, Said]] = {}
        for locale in message.locales:
            file = catalog.file(f"{message.name}/{locale}/{stem}.j2")
            if file is None:
                continue
            source = file.read_text(encoding="utf-8")
            wrong = list(_unknown(catalog, file, source, locale))
            yield from wrong
            if not wrong:
                said[locale] = (str(file), _said(source, _names(source, press(catalog, _PRESS).plain)))
        yield from _differences(said)


def _reason(error: TemplateError) -> str:
    return str(error).rstrip(".")


def _unknown(catalog: Catalog, file: Path, source: str, locale: str) -> Iterator[Mistake]:
    """Syntax errors, and names that nothing will ever fill, at their lines."""
    try:
        variables, dotted = read_names(source, press(catalog, _PRESS).plain)
    except TemplateError as error:
        yield Mistake(str(file), getattr(error, "lineno", 1), 1, "template", f"It does not compile: {_reason(error)}.")
        return
    known = _known(catalog, locale)
    for name in sorted(variables - VARIABLES):
        yield _name_mistake(file, source, name)
    for name in sorted(dotted):
        first, _, rest = name.partition(".")
        if first in known and rest.partition(".")[0] not in known[first]:
            yield _name_mistake(file, source, name)


def _known(catalog: Catalog, locale: str) -> Mapping[str, frozenset[str]]:
    def keys(sheets: Sequence[Sheet | None]) -> frozenset[str]:
        return frozenset(key for sheet in sheets if sheet for key in sheet.values)

    try:
        words = keys([catalog.words(case, locale) for case in catalog.cases()])
        phrases = keys([catalog.phrases(locale)])
    except Mistakes:
        return {"organisation": frozenset(ORGANISATION)}
    return {"organisation": frozenset(ORGANISATION), "words": words, "phrases": phrases}


def _name_mistake(file: Path, source: str, name: str) -> Mistake:
    offset = match.start() if (match := re.search(rf"\b{re.escape(name)}\b", source)) else 0
    line = source.count("\n", 0, offset) + 1
    column = offset - (source.rfind("\n", 0, offset) + 1) + 1
    return Mistake(str(file), line, column, "unknown_variable", f"'{name}' is not known here; check its spelling.")


def _said(source: str, variables: frozenset[str]) -> Said:
    literal = _TAG.sub(" ", source)
    links = tuple(sorted(_LINK.findall(literal)))
    numbers = tuple(sorted(_NUMBER.findall(_LINK.sub(" ", literal))))
    return Said(variables, numbers, links)


def _sheets(catalog: Catalog, folder: str, locales: Sequence[str]) -> Iterator[Mistake]:
    """The words of a case, key by key."""
    sandbox = environment(filters=press(catalog, _PRESS).filters, loader=lambda _: None)
    by_key: dict[str, dict[str, tuple[str, Said]]] = {}
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for locale in locales:
        try:
            sheet = catalog.phrases(locale) if folder == LAYOUT else catalog.words(folder.partition("/")[2], locale)
        except Mistakes:
            continue
        for key, texts in sheet.values.items() if sheet else ():
            line, column = sheet.places[key] if sheet else (0, 0)
            file = sheet.file if sheet else ""
            try:
                used = frozenset().union(*(_names(text, sandbox) for text in texts))
            except TemplateError as error:
                yield Mistake(file, line, column, "template", f"'{key}' does not compile: {_reason(error)}.")
                continue
            for name in sorted(used - VARIABLES - {"words"}):
                if "." not in name:
                    yield Mistake(file, line, column, "unknown_variable", f"'{name}' in '{key}' is not known here.")
            by_key.setdefault(key, {})[locale] = (file, _said("\n".join(texts), used))
            places[file, key] = (line, column)
    for key, said in by_key.items():
        for locale in sorted(set(locales) - set(said)):
            first = next(iter(said.values()))[0]
            yield Mistake(first, *places[first, key], "parity", f"'{key}' is missing in {locale}; add it there.")
        for mistake in _differences(said):
            line, column = places[mistake.file, key]
            yield Mistake(mistake.file, line, column, mistake.code, f"'{key}': {mistake.message}")


def _names(text: str, sandbox: Sandbox) -> frozenset[str]:
    variables, dotted = read_names(text, sandbox)
    whole = {name.partition(".")[0] for name in dotted}
    return frozenset(dotted | (variables - whole))


def _differences(said: Mapping[str, tuple[str, Said]]) -> Iterator[Mistake]:
    """Each locale against what most locales say (the first of them when there is no majority)."""
    if len(said) < 2:
        return
    usual = Counter(one for _, one in said.values()).most_common(1)[0][0]
    model = next(locale for locale, (_, one) in said.items() if one == usual)
    for locale, (file, one) in said.items():
        for kind in ("variables", "numbers", "links"):
            here, there = set(getattr(one, kind)), set(getattr(usual, kind))
            if getattr(one, kind) != getattr(usual, kind):
                apart = ", ".join(sorted(here ^ there)) or ", ".join(getattr(one, kind))
                yield Mistake(
                    file, 0, 0, "parity", f"{locale} and {model} differ in their {kind}: {apart}. Say the same in both."
                )
