"""Who is on duty when: turns, shifts or a calendar. The section `rotas` of incident.yaml, and the pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from incident.now import parse_iso
from incident.settings import Secret, SecretShape
from incident.shape import Boolean, Duration, Field, ListOf, MapOf, Reader, Section, Slug, Text
from incident.yamlfile import Node

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One person's duty from `begin` until just before `end`."""

    person: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """People one after the other, each for `every`; the first from `since` on."""

    people: tuple[str, ...]
    since: datetime
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Exactly one of `turns`, `shifts`, `file` and `url` says who is on duty. `names` maps a calendar's words to
    persons."""

    name: str = ""
    turns: Turns | None = None
    shifts: tuple[Shift, ...] = ()
    file: str = ""
    url: Secret | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    refresh: timedelta = timedelta(minutes=15)
    timeout: timedelta = timedelta(seconds=5)
    insecure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who is on duty now, until when (None: no end in sight), and who then. `problem` says why it may be wrong or
    empty; `unknown` are a calendar's words that are no person."""

    now: tuple[str, ...] = ()
    until: datetime | None = None
    next: tuple[str, ...] = ()
    next_at: datetime | None = None
    problem: str = ""
    unknown: tuple[str, ...] = ()


def duty(shifts: Iterable[Shift], now: datetime) -> Duty:
    """Who is on duty at `now`, when that changes, and who is next (after a gap too)."""
    ahead = [shift for shift in shifts if shift.end > now]
    present = _at(ahead, now)
    edges = sorted({edge for shift in ahead for edge in (shift.begin, shift.end) if edge > now})
    until = next((edge for edge in edges if _at(ahead, edge) != present), None)
    next_at = next((edge for edge in edges if until is not None and edge >= until and _at(ahead, edge)), None)
    return Duty(now=present, until=until, next=_at(ahead, next_at) if next_at else (), next_at=next_at)


def _at(shifts: Sequence[Shift], instant: datetime) -> tuple[str, ...]:
    """Those on duty, whose duty began first first."""
    present = [shift for shift in shifts if shift.begin <= instant < shift.end]
    return tuple(dict.fromkeys(s.person for s in sorted(present, key=lambda s: (s.begin, s.person))))


def shifts_of(turns: Turns, now: datetime, zone: ZoneInfo) -> list[Shift]:
    """The turns around `now`. They change at the same time by the clock on the wall, also when clocks are changed."""
    first = turns.since.astimezone(zone).replace(tzinfo=None)
    present = (now.astimezone(zone).replace(tzinfo=None) - first) // turns.every
    numbers = range(max(0, present - 1), max(0, present) + len(turns.people) + 1)
    edges = [(first + number * turns.every).replace(tzinfo=zone).astimezone(UTC) for number in (*numbers, numbers.stop)]
    return [
        Shift(person=turns.people[number % len(turns.people)], begin=edges[index], end=edges[index + 1])
        for index, number in enumerate(numbers)
    ]


@dataclass(frozen=True, slots=True)
class _Instant:
    """A quoted instant with its offset -> datetime in UTC."""

    def read(self, node: Node, path: str, reader: Reader) -> datetime:
        try:
            return parse_iso(str(node.value) if node.kind == "text" else "")
        except ValueError:
            reader.wrong(node, "bad_instant", f"'{node.raw}' is not {self.words()}.")
            return datetime(1970, 1, 1, tzinfo=UTC)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def words(self) -> str:
        return "a quoted instant with its offset, such as '2026-01-05T09:00:00+08:00'"


_TURNS = {
    "people": Field(
        shape=ListOf(item=Slug(), single=True, least=1),
        required=True,
        default=(),
        help="Who, in this order, again and again.",
    ),
    "since": Field(shape=_Instant(), required=True, help="When the first one's first turn began."),
    "every": Field(shape=Duration(), default=timedelta(days=7), help="How long a turn lasts."),
}
_SHIFT = {
    "person": Field(shape=Slug(), required=True, default="", help="Who."),
    "from": Field(shape=_Instant(), required=True, help="When the shift begins."),
    "to": Field(shape=_Instant(), required=True, help="When it ends."),
}


def _shift(**values: Any) -> Shift:
    nothing = datetime(1970, 1, 1, tzinfo=UTC)
    return Shift(person=values["person"], begin=values["from"] or nothing, end=values["to"] or nothing)


def _turns(**values: Any) -> Turns:
    since = values["since"] or datetime(1970, 1, 1, tzinfo=UTC)
    return Turns(people=values["people"], since=since, every=values["every"])


SOURCES = ("turns", "shifts", "file", "url")

_ROTA = {
    "turns": Field(
        shape=Section(fields=_TURNS, into=_turns, name="turns: {people: [li, wang], since: …, every: 7d}"),
        help="People who take turns.",
    ),
    "shifts": Field(
        shape=ListOf(item=Section(fields=_SHIFT, into=_shift, name="a shift: {person: li, from: …, to: …}"), least=1),
        default=(),
        help="A list of shifts.",
    ),
    "file": Field(shape=Text(hint="a path, relative to the workspace"), default="", help="An iCalendar file (.ics)."),
    "url": Field(
        shape=SecretShape(plain=True, hint="an https URL, or where it is kept: env:NAME or file:path"),
        help="Where the calendar is fetched from; its last good copy is kept in `.rota/`.",
    ),
    "names": Field(
        shape=MapOf(value=Slug(), key=Text()),
        default={},
        help="What the calendar calls a person (a title or a part of it, an address), to the person. Ids, names and "
        "e-mail addresses of `people` are known without it.",
    ),
    "refresh": Field(shape=Duration(), default=timedelta(minutes=15), help="How old the copy may become."),
    "timeout": Field(shape=Duration(), default=timedelta(seconds=5), help="How long one fetch may take."),
    "insecure": Field(
        shape=Boolean(), default=False, help="Allow http:// to another machine: a network that nobody else reads."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _RotaShape(Section):
    """One rota -> Rota without its name; exactly one source, and one that can be."""

    def read(self, node: Node, path: str, reader: Reader) -> Rota:
        rota: Rota = Section.read(self, node, path, reader)
        given = [name for name in SOURCES if node.kind == "map" and name in node.value]
        if node.kind == "map" and len(given) != 1:
            reader.wrong(node, "rota_source", f"A rota has one source: {', '.join(SOURCES)}; found {len(given)}.")
        for index, shift in enumerate(rota.shifts):
            if shift.end <= shift.begin:
                reader.wrong_at(f"{path}.shifts[{index}]", "bad_shift", "This shift ends before it begins.")
        if rota.turns is not None and rota.turns.every < timedelta(minutes=1):
            reader.wrong_at(f"{path}.turns.every", "out_of_range", "A turn lasts a minute or longer.")
        if rota.url is not None and not _allowed(rota.url.reveal(), insecure=rota.insecure):
            reader.wrong_at(
                f"{path}.url",
                "insecure_url",
                "A calendar is fetched by https://, by http:// on this machine only; `insecure: true` allows others.",
            )
        return rota


def _allowed(url: str, *, insecure: bool) -> bool:
    from incident.people.download import allowed  # loads what speaks HTTP: only where there is a URL

    return allowed(url, insecure=insecure)


SECTION = Field(
    shape=MapOf(value=_RotaShape(fields=_ROTA, into=Rota, name="a rota")),
    default={},
    help="Who is on duty when. Policies and playbooks name one as rota/NAME.",
)


def read_rotas(values: Mapping[str, Rota]) -> dict[str, Rota]:
    """The section's value as rotas by name."""
    return {name: replace(rota, name=name) for name, rota in values.items()}
