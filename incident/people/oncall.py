"""Everything that says whom to call: policies, rotas, working hours, and who is told when nobody is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from incident.errors import SourceFailed
from incident.people import download
from incident.people.hours import ON_DAYS, Hours
from incident.people.person import Person
from incident.people.policy import TARGETS, Policy
from incident.people.rota import Duty, Rota, Shift, duty, shifts_of
from incident.shape import Field, Section

_BEHIND, _AHEAD = timedelta(days=1), timedelta(days=62)
"""The stretch of a calendar that is read."""

SECTION = Field(
    shape=Section(
        fields={
            "fallback": Field(
                shape=TARGETS,
                default=(),
                help="Who is told when a page finds nobody and its playbook's owner is no person. Default: whoever may "
                "be commander.",
            ),
            "working_hours": Field(
                shape=ON_DAYS, help="The hours of `when: working_hours` in policies, in the organisation's time zone."
            ),
        },
        name="how people are called out",
    ),
    default=None,
    help="What holds for every page.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Read from incident.yaml. Calendars are read from the disk only: what is on the network, `refresh` fetches."""

    people: Mapping[str, Person] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    fallback: tuple[str, ...] = ()
    working_hours: Hours | None = None
    zone: ZoneInfo = field(default_factory=partial(ZoneInfo, "UTC"))
    folder: Path = field(default_factory=Path)
    _read: dict[tuple[str, int, int], tuple[list[Shift], list[str]]] = field(default_factory=dict, repr=False)

    def duties(self, now: datetime) -> dict[str, Duty]:
        """Every rota's duty at `now`."""
        return {name: self.duty(name, now) for name in self.rotas}

    def duty(self, name: str, now: datetime) -> Duty:
        """One rota's duty. What is wrong with it stands in `problem`; nothing is raised. Raises KeyError."""
        rota = self.rotas[name]
        if rota.turns is not None:
            return duty(shifts_of(rota.turns, now, self.zone), now)
        if rota.shifts:
            return duty(rota.shifts, now)
        try:
            shifts, unknown = self._calendar(rota, now)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return Duty(problem=f"the calendar cannot be read: {reason}")
        return replace(duty(shifts, now), problem=self._stale(rota, now), unknown=tuple(unknown))

    def due(self, now: datetime) -> list[str]:
        """Rotas whose copy wants to be fetched."""
        return [
            name
            for name, rota in self.rotas.items()
            if rota.url is not None and download.is_due(self.copy(rota), rota.refresh, now)
        ]

    def missing(self) -> list[str]:
        """Rotas whose calendar was never fetched."""
        return [name for name, rota in self.rotas.items() if rota.url is not None and not self.copy(rota).exists()]

    def refresh(self, names: Sequence[str], now: datetime) -> list[str]:
        """Fetches these calendars, outside of any transaction; returns a sentence for each that failed."""
        problems = []
        for name in names:
            rota = self.rotas[name]
            assert rota.url is not None
            try:
                check = partial(self._shifts, rota, now=now)
                url, copy = rota.url.reveal(), self.copy(rota)
                download.fetch(url, copy, rota.timeout, check, now, insecure=rota.insecure)
            except SourceFailed as error:
                problems.append(f"The rota {error.message} {self._rest(rota)}")
        return problems

    def _rest(self, rota: Rota) -> str:
        there = self.copy(rota).exists()
        return "Its last good copy is used." if there else "There is no copy of it: nobody is on duty by it."

    def copy(self, rota: Rota) -> Path:
        """Where a rota's calendar lies on the disk."""
        return self.folder / rota.file if rota.file else self.folder / ".rota" / f"{rota.name}.ics"

    def _calendar(self, rota: Rota, now: datetime) -> tuple[list[Shift], list[str]]:
        """Parsed once for each version of the file and each day."""
        file = self.copy(rota)
        key = (rota.name, file.stat().st_mtime_ns, now.toordinal())
        if key not in self._read:
            for old in [one for one in self._read if one[0] == rota.name]:
                self._read.pop(old, None)
            self._read[key] = self._shifts(rota, file.read_text(encoding="utf-8"), now=now)
        return self._read[key]

    def _shifts(self, rota: Rota, text: str, *, now: datetime) -> tuple[list[Shift], list[str]]:
        from incident.people import ical

        known = {word.casefold(): person for word, person in (*_words(self.people), *rota.names.items())}
        return ical.read(text, now - _BEHIND, now + _AHEAD, self.zone, lambda word: known.get(word.casefold()))

    def _stale(self, rota: Rota, now: datetime) -> str:
        written = download.changed_at(self.copy(rota)) if rota.url is not None else None
        if written is None or now < written + 4 * rota.refresh:
            return ""
        return f"the calendar was last fetched {written:%Y-%m-%d %H:%M} UTC"


def _words(people: Mapping[str, Person]) -> list[tuple[str, str]]:
    """What a calendar may call a person without being told: the id, the names, the address."""
    return [
        (word, person.id)
        for person in people.values()
        for word in (person.id, *person.names.values(), person.email)
        if word
    ]


def read_oncall(settings: Mapping[str, Any], people: Mapping[str, Person], zone: str, folder: Path) -> OnCall:
    """The sections `policies`, `rotas` and `paging` as one."""
    from incident.people.policy import read_policies
    from incident.people.rota import read_rotas

    paging = settings["paging"] or {}
    return OnCall(
        people=people,
        policies=read_policies(settings["policies"] or {}),
        rotas=read_rotas(settings["rotas"] or {}),
        fallback=paging.get("fallback") or (),
        working_hours=paging.get("working_hours"),
        zone=ZoneInfo(zone),
        folder=folder,
    )
