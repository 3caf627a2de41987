"""When no machine reaches anybody: whom to telephone, in which order, and what to read out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incident.delivery.station import Station
from incident.lifecycle import Incident
from incident.message.organisation import Organisation
from incident.paging import owner, reading
from incident.paging.policy import Called
from incident.paging.resolve import Roster, find
from incident.people import Person
from incident.shape import choose
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One line of the phone tree. `phone` is whole: it is there to be dialled; '' when none is known."""

    person: str
    name: str
    phone: str
    why: str

    def to_json(self) -> dict[str, str]:
        return {"person": self.person, "name": self.name, "phone": self.phone, "why": self.why}


def order(roster: Roster, pages: Iterable[Sequence[str]], fallback: Sequence[str]) -> list[Leaf]:
    """Whom to telephone: those that the pages are for, step by step; the commander, or whoever may be; whoever is told
    when nobody is found; all others. Those without a number stand last. Pure."""
    told: dict[str, tuple[Person, str]] = {}
    for targets in pages:
        _add(told, find(roster, targets).people, f"called as {' or '.join(targets)}")
    _add(told, find(roster, (owner.LAST,)).people, owner.LAST)
    _add(told, find(roster, fallback).people, "fallback")
    _add(told, roster.seeing, "staff")
    leaves = [Leaf(person=p.id, name=p.name, phone=p.phone, why=why) for p, why in told.values()]
    return sorted(leaves, key=lambda leaf: not leaf.phone)


def _add(told: dict[str, tuple[Person, str]], people: Iterable[Person], why: str) -> None:
    for person in people:
        told.setdefault(person.id, (person, why))


def of_pages(station: Station, incident: str, rows: Iterable[Row]) -> list[Leaf]:
    """The phone tree for these pages; without pages, that of the house."""
    roster = reading.roster(station, incident, station.clock())
    targets = [rung.to for row in rows for rung in reading.policy_of(row).steps]
    return order(roster, dict.fromkeys(targets), station.oncall.fallback)


def unreached(store: Store, incident: str) -> list[Row]:
    """Open pages of which every call that was tried has reached nobody, or that had nobody to call."""
    pages = list(store.queries("incident.paging").pages_of(incident=incident))
    return [page for page in pages if page["state"] == "open" and _in_vain(reading.calls(store, page))]


def _in_vain(calls: Sequence[Called]) -> bool:
    tried = [call.reached for call in calls if call.tried]
    return not calls or (bool(tried) and not any(tried))


def read_out(organisation: Organisation, incident: Incident, text: str) -> str:
    """What whoever telephones reads out: who calls, what it is, what is asked, what to do then."""
    locales = ("", "en", *organisation.locales)
    words = [
        f"This is an alarm of {choose(organisation.name, ('en', *locales))}.",
        f"Incident {incident.id}: {choose(incident.title, locales).rstrip('.')}. Severity: {incident.severity}.",
        f"{text.rstrip('.')}." if text else "",
        f"Please say whether you take it. Then type: incident ack {incident.id}",
    ]
    return " ".join(word for word in words if word)
