"""Roles of an incident: claimed, refused, handed over; each on the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident import lifecycle
from incident.errors import Conflict, NotAllowed, NotFound
from incident.journal import Actor, read
from incident.people import os_user
from incident.run import roles
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import book

INCIDENT = "INC-2026-001"
TASK = "  - {id: work, type: task, title: Work, assignee: commander}\n"


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Console]:
    """An incident with the roles commander and comms, which must be two people; wang may be comms only."""
    people = {
        "li": {"os_users": [os_user()]},
        "wang": {"os_users": [os_user()], "roles": ["comms"]},
        "chen": {"os_users": [os_user()]},
    }
    folder = house.write(tmp_path / "w", playbooks={"small": book("small", TASK)}, store=store.url, people=people)
    opened = house.opened(folder, clock)
    house.declared(opened, "small")
    yield opened
    opened.close()


def claim(console: Console, who: str, role: str) -> None:
    roles.claim(console.office, INCIDENT, Actor(person=who, os_user="root"), console.people[who], role)


def hand_over(console: Console, who: str, to: str, role: str) -> None:
    actor = Actor(person=who, os_user="root")
    roles.hand_over(console.office, INCIDENT, actor, console.people[to], role, "end of shift")


def test_a_free_role_is_claimed(console: Console) -> None:
    """And claiming it again changes nothing."""
    claim(console, "li", "commander")
    claim(console, "li", "commander")
    assert lifecycle.holders(console.store, INCIDENT) == {"commander": "li"}
    assert [entry.kind for entry in read(console.store, INCIDENT)].count("role.claimed") == 1


def test_a_held_role_is_handed_over_not_taken(console: Console) -> None:
    """The refusal says who holds it and what to type."""
    claim(console, "li", "commander")
    with pytest.raises(Conflict, match="incident role handover INC-2026-001 commander chen"):
        claim(console, "chen", "commander")
    hand_over(console, "li", "chen", "commander")
    assert lifecycle.holders(console.store, INCIDENT) == {"commander": "chen"}
    entry = next(entry for entry in read(console.store, INCIDENT) if entry.kind == "role.handed_over")
    assert (entry.reason, entry.detail["before"], entry.detail["after"]) == ("end of shift", "li", "chen")


def test_two_roles_that_must_be_two_people(console: Console) -> None:
    """`not_same_as` holds both ways, for claims and for hand-overs."""
    claim(console, "li", "commander")
    with pytest.raises(NotAllowed, match="commander already"):
        claim(console, "li", "comms")
    claim(console, "chen", "comms")
    with pytest.raises(NotAllowed, match="comms already"):
        hand_over(console, "li", "chen", "commander")


def test_who_may_not_hold_a_role_does_not(console: Console) -> None:
    """Neither by claim nor by hand-over."""
    with pytest.raises(NotAllowed, match=r"people\.wang\.roles"):
        claim(console, "wang", "commander")
    claim(console, "li", "commander")
    with pytest.raises(NotAllowed):
        hand_over(console, "li", "wang", "commander")


def test_a_role_that_the_playbook_has_not(console: Console) -> None:
    """The nearest one is named."""
    with pytest.raises(NotFound, match="commander"):
        claim(console, "li", "comander")
