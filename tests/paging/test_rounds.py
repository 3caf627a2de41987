"""Calling people out: round by round, by the next contact, until one of them says yes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incident.errors import NotFound, WrongState
from incident.journal import read
from incident.paging.resolve import Roster, find
from incident.people import Person, os_user
from incident.run import acts, worker
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import book

INCIDENT = "INC-2026-001"
CHANNELS = {
    "email": {"kind": "file", "path": "out/email", "medium": "email"},
    "push": {"kind": "file", "path": "out/push", "medium": "push"},
}
TASK = "  - {id: work, type: task, title: Work}\n"


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Console]:
    """li has two ways to be reached, wang one, chen none."""
    people = {
        "li": {"os_users": [os_user()], "email": "li@x.example", "push": "li-phone", "contacts": ["push", "email"]},
        "wang": {"email": "wang@x.example", "roles": ["comms"]},
        "chen": {},
    }
    folder = house.write(
        tmp_path / "w", playbooks={"small": book("small", TASK)}, store=store.url, people=people, channels=CHANNELS
    )
    opened = house.opened(folder, clock)
    house.declared(opened, "small")
    yield opened
    opened.close()


def page(console: Console, *targets: str) -> None:
    acts.page(console.office, INCIDENT, console.actor, targets, "Wake up", timedelta(minutes=5))


def sent(console: Console) -> list[tuple[str, str]]:
    """(person, channel) of every page so far, in order."""
    rows = console.store.execute(
        """SELECT d.recipient AS who, d.channel AS channel FROM delivery d JOIN broadcast b ON b.no = d.broadcast
        WHERE b.step LIKE 'page.%' ORDER BY b.no, d.no"""
    ).fetchall()
    return [(row["who"].removeprefix("person:"), row["channel"]) for row in rows]


def test_each_round_tries_the_next_contact(console: Console, clock: MovableClock) -> None:
    """push, email, push …; a person with one way is called by it every time."""
    page(console, "li", "wang")
    for _ in range(2):
        clock.advance("5m")
        worker.look_after_runs(console.office)
    assert [channel for who, channel in sent(console) if who == "li"] == ["push", "email", "push"]
    assert [channel for who, channel in sent(console) if who == "wang"] == ["email"] * 3


def test_a_round_is_sent_once_whoever_wakes(console: Console, clock: MovableClock) -> None:
    """A second wake-up at the same moment does nothing; before its time, neither."""
    page(console, "wang")
    clock.advance("4m")
    worker.look_after_runs(console.office)
    assert len(sent(console)) == 1
    clock.advance("1m")
    for _ in range(3):
        worker.look_after_runs(console.office)
    assert len(sent(console)) == 2


def test_one_yes_ends_it_for_all(console: Console, clock: MovableClock) -> None:
    """No round goes out after it, and the timeline says who."""
    page(console, "li", "wang")
    acts.acknowledge(console.office, INCIDENT, console.actor)
    clock.advance("1h")
    worker.look_after_runs(console.office)
    assert len(sent(console)) == 2
    assert [e.actor for e in read(console.store, INCIDENT) if e.kind == "page.acknowledged"] == ["li"]
    assert worker.next_due(console.office, console.line) is None
    with pytest.raises(WrongState):
        acts.acknowledge(console.office, INCIDENT, console.actor)


def test_an_incident_that_ended_calls_nobody(console: Console, clock: MovableClock) -> None:
    """Cancelled: its pages end with it."""
    page(console, "wang")
    acts.cancel(console.office, INCIDENT, console.actor, "false alarm")
    clock.advance("1h")
    worker.look_after_runs(console.office)
    assert len(sent(console)) == 1


def test_who_is_neither_person_nor_role(console: Console) -> None:
    """Nothing is sent, the nearest name is told."""
    with pytest.raises(NotFound, match="wang"):
        page(console, "wnag")
    assert sent(console) == []


def test_a_person_without_a_way_is_left_out(console: Console) -> None:
    """The others are called."""
    page(console, "chen", "wang")
    assert sent(console) == [("wang", "email")]


PEOPLE = {
    "li": Person(id="li", roles=("commander",)),
    "wang": Person(id="wang", roles=("comms",)),
    "chen": Person(id="chen"),
}


@pytest.mark.parametrize(
    ("held", "targets", "called"),
    [
        ({}, ["wang"], ["wang"]),
        ({"commander": "chen"}, ["commander"], ["chen"]),
        ({}, ["commander"], ["li"]),
        ({}, ["legal"], ["chen"]),
        ({}, ["wang", "comms", "commander"], ["wang", "li"]),
        ({"comms": "gone"}, ["comms"], ["wang"]),
    ],
)
def test_whom_a_target_means(held: dict[str, str], targets: list[str], called: list[str]) -> None:
    """A person; the holder of a role; those whose roles name it; those who may hold any. Each once."""
    assert [person.id for person in find(Roster(people=PEOPLE, held=held), targets).people] == called


def test_a_page_to_nobody_would_be_silence() -> None:
    """When nobody may hold the role at all, everybody is called."""
    narrow = {name: person for name, person in PEOPLE.items() if person.roles}
    assert [person.id for person in find(Roster(people=narrow, held={}), ["legal"]).people] == ["li", "wang"]
