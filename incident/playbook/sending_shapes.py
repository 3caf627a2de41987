"""Shapes of what a playbook says about sending: shares, times of day, rules that may be switched off, chains."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from incident.playbook.sending import THEN, Canary, First, Link, PauseIf, QuietHours
from incident.playbook.shapes import ChannelShape
from incident.shape import Choice, Duration, Field, Integer, ListOf, Reader, Section, TimeZone
from incident.shape.reader import Refusing
from incident.yamlfile import Node

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?%")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class PercentShape(Refusing):
    """`2%` -> 0.02. A bare number is refused: nobody knows whether 2 is a share or a count."""

    def read(self, node: Node, path: str, reader: Reader) -> float:
        match = _PERCENT.fullmatch(node.value) if node.kind == "text" else None
        if match is None or not 0 < float(match[1]) <= 100:
            self._refuse(node, reader)
            return 1.0
        return float(match[1]) / 100

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_PERCENT.pattern}$"}

    def words(self) -> str:
        return "a share above 0% and up to 100%, such as 2% or 0.5%"


class FirstShape(Refusing):
    """`200` or `1%` -> First."""

    def read(self, node: Node, path: str, reader: Reader) -> First:
        if node.kind == "integer":
            return First(people=max(Integer(least=1).read(node, path, reader), 1))
        match = _PERCENT.fullmatch(node.value) if node.kind == "text" else None
        if match is None:
            self._refuse(node, reader)
            return First(people=1)
        return First(share=PercentShape().read(node, path, reader))

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [Integer(least=1).schema(), PercentShape().schema()]}

    def words(self) -> str:
        return "a number of people or a share of them: 200, or 1%"


class ClockTimeShape(Refusing):
    """`'22:00'` -> time."""

    def read(self, node: Node, path: str, reader: Reader) -> time:
        match = _CLOCK.fullmatch(node.value) if node.kind == "text" else None
        if match is None:
            self._refuse(node, reader)
            return time(0)
        return time(int(match[1]), int(match[2]))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{_CLOCK.pattern}$"}

    def words(self) -> str:
        return "a quoted time of day such as '22:00'"


def _quiet_hours(**values: Any) -> QuietHours:
    return QuietHours(start=values["from"], end=values["to"], zone=values["zone"])


CANARY = {
    "first": Field(
        shape=FirstShape(), required=True, default=First(people=200), help="How many people, or which share."
    ),
    "hold": Field(shape=Duration(), default=timedelta(minutes=5), help="How long to wait when they have been tried."),
    "then": Field(
        shape=Choice(THEN), default="continue", help="Go on by itself unless it went wrong, or ask (outbox release)."
    ),
}
PAUSE_IF = {
    "hard_bounce": Field(shape=PercentShape(), help="Share of addresses that are dead for good."),
    "error": Field(shape=PercentShape(), help="Share of deliveries that failed: refused, given up or unknown."),
    "after": Field(shape=Integer(least=1), default=100, help="Not before so many outcomes of a channel are known."),
}
QUIET_HOURS = {
    "from": Field(shape=ClockTimeShape(), required=True, default=time(22), help="From then on nobody is woken."),
    "to": Field(shape=ClockTimeShape(), required=True, default=time(8), help="Until then."),
    "zone": Field(shape=TimeZone(), default="", help="By the clocks of this zone; the organisation's when left out."),
}


@dataclass(frozen=True, slots=True)
class RuleShape(Refusing):
    """A rule -> its dataclass; with `may_be_off`, `false` says that there is none here."""

    section: Section
    may_be_off: bool = True

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        if node.kind != "map":
            if not (self.may_be_off and node.kind == "boolean" and not node.value):
                self._refuse(node, reader)
            return False
        before = len(reader.mistakes)
        rule = self.section.read(node, path, reader)
        if len(reader.mistakes) == before:
            _check_sense(rule, node, reader)
        return rule

    def schema(self) -> dict[str, Any]:
        own = self.section.schema()
        return {"anyOf": [own, {"const": False}]} if self.may_be_off else own

    def words(self) -> str:
        return f"{self.section.words()}{', or false' if self.may_be_off else ''}"


def _check_sense(rule: Any, node: Node, reader: Reader) -> None:
    """A rule that could never do anything was meant otherwise."""
    if isinstance(rule, PauseIf) and rule.hard_bounce is None and rule.error is None:
        what = "Nothing is ever paused without 'hard_bounce' or 'error'; add e.g. error: 5%."
        reader.wrong(node, "pauses_never", what)
    if isinstance(rule, QuietHours) and rule.start == rule.end:
        reader.wrong(node, "quiet_never", "'from' and 'to' are the same time; nothing lies between them.")


def canary_shape(*, may_be_off: bool = True) -> RuleShape:
    return RuleShape(Section(fields=CANARY, into=Canary, name="a canary: a mapping with first"), may_be_off)


def pause_shape(*, may_be_off: bool = True) -> RuleShape:
    return RuleShape(
        Section(fields=PAUSE_IF, into=PauseIf, name="limits: a mapping with hard_bounce or error"), may_be_off
    )


def quiet_shape(*, may_be_off: bool = True) -> RuleShape:
    section = Section(fields=QUIET_HOURS, into=_quiet_hours, name="quiet hours: a mapping with from and to")
    return RuleShape(section, may_be_off)


@dataclass(frozen=True, slots=True)
class ChannelsShape:
    """Channels, each used at once; a list among them is a chain -> tuple of str and of tuples of str."""

    one: ChannelShape = field(default_factory=ChannelShape)

    def read(self, node: Node, path: str, reader: Reader) -> tuple[Link, ...]:
        found: tuple[Link, ...] = ListOf(item=_Link(self.one), single=True).read(node, path, reader)
        return found

    def schema(self) -> dict[str, Any]:
        return ListOf(item=_Link(self.one), single=True).schema()

    def words(self) -> str:
        return "a list of channels; in a list within it each is used only for whom the one before did not reach"


@dataclass(frozen=True, slots=True)
class _Link:
    """A channel, or a chain of channels."""

    one: ChannelShape

    def read(self, node: Node, path: str, reader: Reader) -> Link:
        if node.kind == "list":
            chain: tuple[str, ...] = ListOf(item=self.one, least=2).read(node, path, reader)
            return chain
        return self.one.read(node, path, reader)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.one.schema(), {"type": "array", "items": self.one.schema(), "minItems": 2}]}

    def words(self) -> str:
        return "a channel, or a chain of them"
