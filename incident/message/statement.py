"""What a statement to the public must not say: an end time nobody can keep, a cause nobody knows yet. Pure.

The sentences are data (statements.yaml), per language: a language without an entry is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from incident.message.locale import chain
from incident.shape import Choice, Field, ListOf, Locale, MapOf, Reader, Section, Text
from incident.yamlfile import parse

ADVICE: Mapping[str, str] = {
    "no_promise": "promises an end; say when the next word comes instead",
    "no_cause": "names a cause, which is not known yet; say what the customer notices",
}

_FILE = Path(__file__).with_name("statements.yaml")
_RULE = Text(pattern="no_promise|no_cause", hint="no_promise or no_cause")
_SECTION = Section(
    fields={
        "schema": Field(shape=Choice(("incident.statements/v1",)), help="The form of this file.", required=True),
        "rules": Field(
            shape=MapOf(value=MapOf(value=ListOf(item=Text()), key=Locale()), key=_RULE),
            help="Regular expressions by rule and language.",
            required=True,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Breach:
    """`words` of a text that break `rule`; `reason` completes the sentence 'it …'."""

    rule: str
    words: str
    reason: str


@cache
def _patterns(rule: str, locale: str) -> tuple[re.Pattern[str], ...]:
    rules: Mapping[str, list[str]] = _rules().get(rule, {})
    found = next((rules[tag] for tag in chain(locale) if tag in rules), ())
    return tuple(re.compile(pattern) for pattern in found)


@cache
def _rules() -> Mapping[str, Any]:
    reader = Reader(str(_FILE))
    node = parse(_FILE.read_text(encoding="utf-8"), reader.file, reader.mistakes)
    read: Any = _SECTION.read(node, "", reader) if node else {}
    if reader.mistakes:
        raise ValueError("; ".join(map(str, reader.mistakes)))
    return dict(read["rules"])


def breaches(text: str, locale: str, rules: Iterable[str]) -> list[Breach]:
    """The first breach of each rule in a text of that language."""
    found = []
    for rule in rules:
        matches = (match for pattern in _patterns(rule, locale) if (match := pattern.search(text)))
        if first := next(matches, None):
            found.append(Breach(rule, first[0], ADVICE[rule]))
    return found
