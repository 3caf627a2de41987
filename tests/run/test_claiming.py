"""Roles that nobody claims: called for, escalated, told of; never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.journal import Actor, read
from incident.people import os_user
from incident.run import acts, claiming, roles, staffing, worker
from incident.run.claiming import LONGEST, nag
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house

INCIDENT = "INC-2026-001"
BOOK = """\
schema: incident.playbook/v1
id: small
title: A small incident
kind: outage
case: payment-failure
owner: boss
roles:
  commander: {required: true, claim_within: 5m}
  comms: {claim_within: 10m, page: wang}
steps:
  - {id: work, type: task, title: Work}
"""
PEOPLE = {
    "li": {"os_users": [os_user()], "email": "li@x.example", "roles": ["commander"]},
    "wang": {"email": "wang@x.example", "roles": ["comms"]},
    "chen": {"email": "chen@x.example", "roles": ["comms"]},
    "boss": {"email": "boss@x.example", "roles": ["director"]},
}


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Console]:
    house.write(tmp_path / "w", playbooks={"small": BOOK}, store=store.url, people=PEOPLE)
    opened = house.opened(tmp_path / "w", clock)
    house.declared(opened, "small")
    yield opened
    opened.close()


def wake(console: Console, clock: MovableClock, *waits: str) -> None:
    for wait in waits:
        clock.advance(wait)
        worker.look_after_runs(console.office)


def timeline(console: Console, *kinds: str) -> list[tuple[str, str]]:
    return [(e.kind, e.detail.get("role", "")) for e in read(console.store, INCIDENT) if e.kind in kinds]


def called(console: Console) -> list[str]:
    """Whom the latest page of each role calls."""
    rows = console.store.execute("SELECT step, target, state FROM page ORDER BY opened_at, id").fetchall()
    return [f"{row['step']} {row['target']} {row['state']}" for row in rows]


def test_a_role_is_called_for_then_escalated_then_told_of(console: Console, clock: MovableClock) -> None:
    """Commander after five minutes, and the commanders again after ten; the owner after the third time."""
    wake(console, clock, "5m", "5m", "5m")
    assert timeline(console, "role.unclaimed", "role.escalated", "role.owner_told") == [
        ("role.unclaimed", "commander"),
        ("role.escalated", "commander"),
        ("role.unclaimed", "comms"),
        ("role.escalated", "commander"),
        ("role.owner_told", "commander"),
    ]
    assert [entry.detail["to"] for entry in read(console.store, INCIDENT) if entry.kind == "role.owner_told"] == [
        ["boss"]
    ]


def test_whom_the_playbook_names_is_called_first(console: Console, clock: MovableClock) -> None:
    """wang for comms, not chen; then whoever commands. The page of the round before has ended."""
    wake(console, clock, "10m")
    assert "role.comms wang open" in called(console)
    wake(console, clock, "10m")
    assert {"role.comms wang closed", "role.comms commander open"} <= set(called(console))


def test_a_claim_ends_it(console: Console, clock: MovableClock) -> None:
    """Its page too; nobody is called for that role any more."""
    wake(console, clock, "5m")
    roles.claim(console.office, INCIDENT, console.actor, console.people["li"], "commander")
    wake(console, clock, "3h")
    assert called(console)[0] == "role.commander commander closed"
    assert timeline(console, "role.escalated") == []
    assert [role for role, _ in claiming.vacancies(console.store, INCIDENT)] == ["comms"]


def test_a_hand_over_fills_it_as_well(console: Console, clock: MovableClock) -> None:
    """Somebody holds it."""
    roles.hand_over(console.office, INCIDENT, console.actor, console.people["wang"], "comms", None)
    assert [role for role, _ in claiming.vacancies(console.store, INCIDENT)] == ["commander"]


def test_an_acknowledgement_is_no_claim(console: Console, clock: MovableClock) -> None:
    """Whoever is awake is not yet the commander."""
    wake(console, clock, "5m")
    acts.acknowledge(console.office, INCIDENT, Actor(person="li", os_user="li"))
    wake(console, clock, "5m")
    assert ("role.escalated", "commander") in timeline(console, "role.escalated")


def test_an_incident_that_is_over_calls_for_nobody(console: Console, clock: MovableClock) -> None:
    """Cancelled: nobody is wanted any more."""
    acts.cancel(console.office, INCIDENT, console.actor, "a sensor")
    wake(console, clock, "5m", "1h")
    assert timeline(console, "role.unclaimed") == []
    assert staffing.earliest_due(console.store) is None


@given(st.integers(0, 50), st.timedeltas(timedelta(seconds=1), timedelta(days=2)))
def test_a_role_is_never_forgotten(number: int, every: timedelta) -> None:
    """Every round has a next one, within an hour or its own time; somebody is called in each."""
    found = nag("comms", (), number, every)
    assert found.targets
    assert timedelta(0) < found.wait <= max(LONGEST, every)
