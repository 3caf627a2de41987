"""Whom a target means at this moment: a person, a role, a rota; and why somebody is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from incident.people import Person
from incident.people.contact import quiet_until, ways
from incident.people.rota import Duty

RESTRICTED = "restricted"
"""The code of the gap that a restriction leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everything that an answer hangs on: who there is, who holds which role of the incident, who is on duty by each
    rota, which kind of address each channel needs, and whether these are working hours. `unseen` are the ids of those
    who may not see the incident, because it is restricted."""

    people: Mapping[str, Person]
    held: Mapping[str, str] = field(default_factory=dict)
    duties: Mapping[str, Duty] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    working: bool = True
    zone: ZoneInfo = field(default_factory=partial(ZoneInfo, "UTC"))

    @property
    def seeing(self) -> tuple[Person, ...]:
        """Everybody who may see the incident."""
        return tuple(person for person in self.people.values() if person.id not in self.unseen)

    def ways(self, person: Person, priority: str) -> tuple[str, ...]:
        return ways(person, self.channels, priority)

    def quiet_until(self, person: Person, now: datetime) -> datetime | None:
        return quiet_until(person, now, self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A target that is nobody, or not whom it should be. `code` is one word of a closed list; `words` is a sentence.

    `nobody_on_duty`, `calendar` (it cannot be read, is old, or names strangers), `unknown`, `nobody_may_hold`,
    `restricted` (none of them may see the incident), `no_way` (a person without an address for any channel), `nobody`
    (a whole policy), `exhausted`, `unreached`.
    """

    target: str
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The people, each once, in the order of the targets; and what was missing."""

    people: tuple[Person, ...]
    gaps: tuple[Gap, ...] = ()


def find(roster: Roster, targets: Iterable[str]) -> Found:
    """The people that targets stand for.

    1. A person is that person. 2. `rota/NAME` is whoever is on duty. 3. A role that is held is its holder. 4. Else
    everybody whose `roles` name it; 5. else everybody who may hold any role; 6. else everybody, and that is a gap: a
    page to nobody would be silence. 7. Who may not see the incident is left out; when that leaves nobody, everybody who
    may see it, and that is a gap, too.
    """
    people: dict[str, Person] = {}
    gaps: list[Gap] = []
    for target in targets:
        found = _one(roster, target)
        people.update({person.id: person for person in found.people})
        gaps.extend(found.gaps)
    chosen = tuple(person for person in people.values() if person.id not in roster.unseen)
    if people and not chosen:
        chosen = roster.seeing
        gaps.append(_restricted(";".join(people)))
    return Found(people=chosen, gaps=tuple(dict.fromkeys(gaps)))


def _one(roster: Roster, target: str) -> Found:
    if target.startswith("rota/"):
        return _on_duty(roster, target)
    if target.startswith("policy/"):
        return Found(people=(), gaps=(_gap(target, "unknown", f"There is no {target} in incident.yaml any more."),))
    if target in roster.people:
        return Found(people=(roster.people[target],))
    holder = roster.people.get(roster.held.get(target, ""))
    if holder is not None:
        return Found(people=(holder,))
    everybody = tuple(roster.people.values())
    named = [person for person in everybody if target in person.roles]
    chosen = named or [person for person in everybody if not person.roles]
    if chosen:
        return Found(people=tuple(chosen))
    words = f"Nobody may hold the role {target}; everybody is called instead."
    return Found(people=everybody, gaps=(_gap(target, "nobody_may_hold", words),))


def _on_duty(roster: Roster, target: str) -> Found:
    duty = roster.duties.get(target.removeprefix("rota/"))
    if duty is None:
        return Found(people=(), gaps=(_gap(target, "unknown", f"There is no {target} in incident.yaml any more."),))
    gaps = []
    people = tuple(roster.people[name] for name in duty.now if name in roster.people)
    if duty.problem:
        gaps.append(_gap(target, "calendar", f"{target}: {duty.problem}."))
    if not people:
        strangers = f" Its calendar names {', '.join(duty.unknown)}, who are nobody here." if duty.unknown else ""
        gaps.append(_gap(target, "nobody_on_duty", f"Nobody is on duty by {target}.{strangers}"))
    return Found(people=people, gaps=tuple(gaps))


def _restricted(missed: str) -> Gap:
    words = f"{missed.replace(';', ', ')} may not see it; who may see it is called instead."
    return _gap(missed, RESTRICTED, words)


def _gap(target: str, code: str, words: str) -> Gap:
    return Gap(target=target, code=code, words=words)
