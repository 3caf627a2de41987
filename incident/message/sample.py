"""Plausible and longest plausible contexts: what `preview` shows and what `lint` measures."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from incident.message.catalog import Message
from incident.message.cldr import Formats
from incident.message.context import Context
from incident.message.locale import chain
from incident.message.medium import PER_RECIPIENT
from incident.message.organisation import Organisation
from incident.shape import choose

_PROMISE = timedelta(minutes=30)
_LONGEST = {"name": 40, "unsubscribe_url": 200, "reference": 24, "text": 400, "contact": 44, "title": 60}
"""In columns, where message.yaml says nothing: a Chinese character takes two."""


def plausible(message: Message, locale: str, now: datetime) -> Context:
    """As message.yaml's examples say, in that locale."""
    return Context(
        incident_id="INC-2026-007",
        title={"": example(message, "title", locale)},
        severity="sev1",
        phase="identified",
        declared_at=now,
        next_update=now + _PROMISE,
        contact={"": example(message, "contact", locale)},
        texts={"": example(message, "text", locale)},
    )


def fields(message: Message, locale: str) -> dict[str, str]:
    """The examples of the per-recipient variables."""
    return {name: example(message, name, locale) for name in PER_RECIPIENT}


def longest(message: Message, locale: str, organisation: Organisation) -> Context:
    """The longest that can be expected of each variable, in a drill (its mark comes on top), at the longest hour."""
    when = _longest_moment(locale, organisation)
    return Context(
        incident_id="INC-2026-999999",
        title={"": filler(locale, _length(message, "title"))},
        severity="sev1",
        phase="monitoring",
        declared_at=when,
        next_update=when,
        contact={"": filler(locale, _length(message, "contact"))},
        texts={"": filler(locale, _length(message, "text"))},
        drill=True,
    )


def longest_fields(message: Message, locale: str) -> dict[str, str]:
    return {name: filler(locale, _length(message, name)) for name in PER_RECIPIENT}


def filler(locale: str, columns: int) -> str:
    """So many columns of words in the script of the locale: a Chinese character is two columns wide."""
    if any(tag.startswith(("zh", "ja", "ko")) for tag in chain(locale)):
        return "测" * (columns // 2)
    return ("Word " * (columns // 5 + 1))[: columns - 1] + "W"


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def example(message: Message, variable: str, locale: str) -> str:
    known = message.about.variables.get(variable)
    examples: Mapping[str, str] = known.example if known else {}
    return choose(examples, (*chain(locale), ""))


def _length(message: Message, variable: str) -> int:
    return message.about.longest(variable, _LONGEST[variable])


def _longest_moment(locale: str, organisation: Organisation) -> datetime:
    formats = Formats(
        locale=locale, time_zone=organisation.time_zone, zone_name=organisation.text("time_zone_name", locale)
    )
    moments = [datetime(2026, month, 28, hour, 58, tzinfo=UTC) for month in range(1, 13) for hour in (2, 15)]
    return max(moments, key=lambda moment: columns(formats.moment(moment)))
