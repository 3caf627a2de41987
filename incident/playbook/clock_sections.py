"""The fields of a regulatory clock, declared once: a rule file and a playbook's own rule are read by the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from incident.playbook.clock import ANCHORS, SCHEMA, ClockRule, ClockUse, Limit, Source
from incident.playbook.shapes import ClockShape, ExpressionShape, TargetShape
from incident.playbook.span import Span, parse_span
from incident.shape import (
    Boolean,
    Choice,
    Day,
    Field,
    ListOf,
    Locale,
    LocalText,
    Reader,
    Section,
    Slug,
    Text,
    TimeZone,
)
from incident.shape.reader import Refusing
from incident.yamlfile import Node


class SpanShape(Refusing):
    """`2h`, `72h`, `30d`, `1mo`, `5bd` -> Span."""

    def read(self, node: Node, path: str, reader: Reader) -> Span:
        try:
            return parse_span(node.value if node.kind == "text" else "")
        except ValueError:
            self._refuse(node, reader)
            return Span()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([1-9]\d?(mo|bd)|(\d+d)?(\d+h)?(\d+m)?(\d+s)?)$", "minLength": 2}

    def words(self) -> str:
        return "a time such as 2h, 30d, 1mo (a calendar month) or 5bd (working days)"


class PercentShape(Refusing):
    """`80%` -> 80."""

    def read(self, node: Node, path: str, reader: Reader) -> int:
        text = node.value if node.kind == "text" else ""
        digits = text.removesuffix("%")
        if not text.endswith("%") or not digits.isascii() or not digits.isdigit() or not 1 <= int(digits) <= 100:
            self._refuse(node, reader)
            return 100
        return int(digits)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(100|[1-9]\d?)%$"}

    def words(self) -> str:
        return "a part of the time given such as 50%, 80% or 100%"


_LIMIT: Mapping[str, Field] = {
    "anchor": Field(shape=Choice(ANCHORS), required=True, default="awareness", help="From when on."),
    "of": Field(shape=ClockShape(), default="", help="The clock whose submission is the anchor."),
    "within": Field(shape=SpanShape(), required=True, default=Span(), help="How long."),
}
_SOURCE: Mapping[str, Field] = {
    "title": Field(shape=Text(), required=True, default="", help="What the text is called."),
    "url": Field(shape=Text(), default="", help="Where it was read."),
    "article": Field(shape=Text(), default="", help="Which article."),
}
RULE: Mapping[str, Field] = {
    "id": Field(shape=Slug(), required=True, default="", help="Its name; of a file, the same as the file's."),
    "title": Field(shape=LocalText(), required=True, default={}, help="What staff see."),
    "authority": Field(shape=LocalText(), required=True, default={}, help="Who must be told."),
    "jurisdiction": Field(shape=Text(), default="", help="Whose law it is: CN, EU …"),
    "who": Field(shape=LocalText(), default={}, help="Whom it binds, and what triggers it."),
    "applies_when": Field(
        shape=ExpressionShape(),
        help="The clock starts by itself once this holds; without it a person or a step starts it.",
    ),
    "anchor": Field(
        shape=Choice(ANCHORS),
        required=True,
        default="awareness",
        help="From when the time counts: occurrence (when it began), awareness (when it was declared), classification "
        "(when the clock was started), submission (of another clock's report).",
    ),
    "of": Field(shape=ClockShape(), default="", help="The clock whose submission is the anchor; it starts this one."),
    "within": Field(shape=SpanShape(), required=True, default=Span(), help="How long from the anchor on."),
    "no_later_than": Field(
        shape=ListOf(item=Section(fields=_LIMIT, into=Limit, name="a limit: anchor and within"), single=True),
        default=(),
        help="Further limits; the earliest counts.",
    ),
    "statutory": Field(
        shape=Boolean(), default=True, help="false: the law names no number, `within` is this house's own target."
    ),
    "law_says": Field(shape=Text(), default="", help="The law's own words for the time: immediately."),
    "time_zone": Field(shape=TimeZone(), default="UTC", help="Where months and working days are counted."),
    "holidays": Field(shape=ListOf(item=Day()), default=(), help="Days from Monday to Friday that do not count in bd."),
    "warn_at": Field(
        shape=ListOf(item=PercentShape(), single=True, least=1),
        default=(50, 80, 100),
        help="`escalate_to` is called when this much of the time is gone; always at 100%.",
    ),
    "escalate_to": Field(
        shape=ListOf(item=Text(hint="a role or a person"), single=True, least=1),
        required=True,
        default=(),
        help="Roles or people who are called.",
    ),
    "template": Field(shape=Slug(), default="", help="The report's draft: a folder of templates/report/."),
    "languages": Field(shape=ListOf(item=Locale(), single=True), default=(), help="What the authority reads."),
    "source": Field(
        shape=Section(fields=_SOURCE, into=Source, name="a source: title, url, article"),
        required=True,
        default=Source(),
        help="Where the rule was read.",
    ),
    "checked_on": Field(
        shape=Day(), required=True, help="When a person last compared it with its source; doctor warns after a year."
    ),
    "counsel": Field(
        shape=LocalText(), required=True, default={}, help="What your counsel must confirm, in a sentence."
    ),
}
FILE: Mapping[str, Field] = {
    "schema": Field(shape=Choice((SCHEMA,)), required=True, default=SCHEMA, help="Says which rules the file follows."),
    **RULE,
}
_INLINE: Mapping[str, Field] = {
    **RULE,
    **{name: replace(RULE[name], required=False) for name in ("source", "checked_on", "counsel", "escalate_to")},
}
"""A playbook's own clock: the house's duty to itself needs no source."""

_USE: Mapping[str, Field] = {
    "use": Field(shape=ClockShape(), required=True, default="", help="A rule file of playbooks/clocks/, by its id."),
    "applies_when": RULE["applies_when"],
    "warn_at": Field(shape=RULE["warn_at"].shape, help="Instead of the rule's."),
    "escalate_to": Field(
        shape=ListOf(item=TargetShape(), single=True, least=1), help="Roles or people to call, instead of the rule's."
    ),
}
_INLINE_WORDS = "a clock: a mapping with use, or with a rule of its own"
_DOCUMENTED: Mapping[str, Field] = {
    "use": replace(_USE["use"], required=False, help=f"{_USE['use'].help} Or a rule of its own:"),
    **{name: replace(declared, required=False) for name, declared in _INLINE.items()},
}


@dataclass(frozen=True, slots=True)
class ClocksShape:
    """One entry of `clocks` -> dict of its values; `line` tells where it stands. What it needs depends on `use`."""

    section: Section = field(default_factory=lambda: Section(fields=_DOCUMENTED, name=_INLINE_WORDS))

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, Any]:
        uses = node.kind == "map" and "use" in node.value
        fields = _USE if uses or node.kind != "map" else _INLINE
        values: dict[str, Any] = Section(fields=fields, name=_INLINE_WORDS).read(node, path, reader)
        return {"line": node.line, **values}

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [Section(fields=_USE).schema(), Section(fields=_INLINE).schema()]}

    def words(self) -> str:
        return _INLINE_WORDS


def resolved(entry: Mapping[str, Any], rules: Mapping[str, ClockRule]) -> ClockUse:
    """An entry as the run uses it: its rule, with what the playbook says instead."""
    name = entry.get("use", entry.get("id", ""))
    if "use" not in entry:
        rule: ClockRule | None = ClockRule(**{key: value for key, value in entry.items() if key != "line"})
        return ClockUse(id=name, rule=rule, applies_when=entry["applies_when"], line=entry["line"])
    rule = rules.get(name)
    own = {key: entry[key] for key in ("warn_at", "escalate_to") if entry[key]}
    condition = entry["applies_when"] or (rule.applies_when if rule else None)
    return ClockUse(id=name, rule=replace(rule, **own) if rule else None, applies_when=condition, line=entry["line"])
