"""What a regulatory clock says, as frozen values: a rule file under playbooks/clocks/, or a playbook's own rule.

Light on purpose: `incident list` counts clocks down, and must not pay for expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from incident.playbook.span import Span, parse_span

if TYPE_CHECKING:
    from incident.expression import Expression

SCHEMA = "incident.clock/v1"
ANCHORS = ("occurrence", "awareness", "classification", "submission")
"""When it happened; when we knew (the declaration); when it was judged to fall under the rule (the clock's start);
when another clock's report was submitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So much time from an anchor on. `of` names the other clock when the anchor is its submission."""

    anchor: str
    within: Span
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the rule was read."""

    title: str = ""
    url: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """One duty to report. `statutory` is false when the law names no number: then `within` is the house's own target.

    `warn_at` are hundredths of the time given, rising. `escalate_to` are roles or people. `template` is a folder of
    templates/report/. `checked_on` is the day on which a person compared the rule with its source.
    """

    id: str
    title: Mapping[str, str] = field(default_factory=dict)
    authority: Mapping[str, str] = field(default_factory=dict)
    jurisdiction: str = ""
    who: Mapping[str, str] = field(default_factory=dict)
    anchor: str = "awareness"
    of: str = ""
    within: Span = field(default_factory=Span)
    no_later_than: tuple[Limit, ...] = ()
    statutory: bool = True
    law_says: str = ""
    time_zone: str = "UTC"
    holidays: tuple[date, ...] = ()
    warn_at: tuple[int, ...] = (50, 80, 100)
    escalate_to: tuple[str, ...] = ()
    template: str = ""
    languages: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)
    checked_on: date | None = None
    counsel: Mapping[str, str] = field(default_factory=dict)
    applies_when: Expression | None = None

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The rule's own limit, then those that it may not exceed either."""
        return (Limit(anchor=self.anchor, within=self.within, of=self.of), *self.no_later_than)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockUse:
    """A clock of a playbook: its rule (None when the rule's file has vanished since) and when it starts by itself."""

    id: str
    rule: ClockRule | None
    applies_when: Expression | None = None
    line: int = 0


def to_data(rule: ClockRule) -> dict[str, Any]:
    """A rule as plain JSON data, without its condition: what a running clock keeps."""
    return {
        **{name: getattr(rule, name) for name in _PLAIN},
        **{name: dict(getattr(rule, name)) for name in _TEXTS},
        "within": str(rule.within),
        "no_later_than": [
            {"anchor": one.anchor, "within": str(one.within), "of": one.of} for one in rule.no_later_than
        ],
        "holidays": [day.isoformat() for day in rule.holidays],
        "source": {"title": rule.source.title, "url": rule.source.url, "article": rule.source.article},
        "checked_on": rule.checked_on.isoformat() if rule.checked_on else None,
        **{name: list(getattr(rule, name)) for name in _LISTS},
    }


def from_data(data: Mapping[str, Any]) -> ClockRule:
    """The rule that `to_data` kept; what a later program has added has its default."""
    values: dict[str, Any] = {name: data[name] for name in (*_PLAIN, *_TEXTS) if name in data}
    values |= {name: tuple(data[name]) for name in _LISTS if name in data}
    return ClockRule(
        **values,
        within=_span(data.get("within")),
        no_later_than=tuple(_limits(data.get("no_later_than", ()))),
        holidays=tuple(map(date.fromisoformat, data.get("holidays", ()))),
        source=Source(**data.get("source", {})),
        checked_on=date.fromisoformat(data["checked_on"]) if data.get("checked_on") else None,
    )


_PLAIN = ("id", "jurisdiction", "anchor", "of", "statutory", "law_says", "time_zone", "template")
_TEXTS = ("title", "authority", "who", "counsel")
_LISTS = ("warn_at", "escalate_to", "languages")


def _limits(data: Any) -> Iterator[Limit]:
    for one in data:
        yield Limit(anchor=one["anchor"], within=_span(one["within"]), of=one.get("of", ""))


def _span(text: str | None) -> Span:
    return parse_span(text) if text else Span()
