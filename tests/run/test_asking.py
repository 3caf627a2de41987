"""Gates that ask again: nobody waits for an approval that nobody was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.journal import Actor, read
from incident.paging.resolve import Roster
from incident.people import Person, os_user
from incident.people.policy import Policy, Rung
from incident.run import approving, staffing, worker
from incident.run.asking import LONGEST, next_ask, whom
from incident.run.live import no_confirmation
from incident.store import Store
from incident.wiring import Console
from tests.clock import START, MovableClock
from tests.run import house
from tests.run.playbooks import book

INCIDENT = "INC-2026-001"
ASKED = "  - {id: sure, type: approve, by: comms, prompt: Sure?%s}\n"
CHANNELS = {"email": "email"}
LI, WANG, CHEN, BOSS = (
    Person(id=name, email=f"{name}@x.example", roles=roles)
    for name, roles in (("li", ("comms",)), ("wang", ("comms",)), ("chen", ("commander",)), ("boss", ("owner",)))
)
DEAF = Person(id="deaf", roles=("comms",))
ROSTER = Roster(people={p.id: p for p in (LI, WANG, CHEN, BOSS)}, channels=CHANNELS)


def asked(roster: Roster, number: int, *besides: str, policies: tuple[Policy, ...] = ()) -> tuple[list[str], list[str]]:
    found = whom(roster, policies, ["comms"], [BOSS], frozenset(besides), number)
    return [p.id for p in found.approvers], [p.id for p in found.others]


def test_first_those_who_may_answer_then_wider() -> None:
    """Then the commander, who may break the glass; then whoever answers for it."""
    assert asked(ROSTER, 0, "li") == (["wang"], [])
    assert asked(ROSTER, 1, "li") == (["wang"], ["chen"])
    assert asked(ROSTER, 2, "li") == (["wang"], ["chen", "boss"])


def test_when_nobody_who_may_can_be_reached_others_are_told_at_once() -> None:
    """Not after half of the time is gone."""
    only_deaf = Roster(people={"deaf": DEAF, "chen": CHEN, "boss": BOSS}, channels=CHANNELS)
    assert asked(only_deaf, 0) == ([], ["chen"])
    nobody = Roster(people={"deaf": DEAF, "boss": BOSS}, channels=CHANNELS)
    assert asked(nobody, 0) == ([], ["boss"])


def test_who_may_not_answer_stands_in_nobodys_way() -> None:
    """The only one whose roles name it wrote it, or cannot be reached: those who may hold any role are asked."""
    second = Person(id="second", email="second@x.example")
    people = {p.id: p for p in (LI, CHEN, BOSS, second)}
    assert asked(Roster(people=people, channels=CHANNELS), 0, "li") == (["second"], [])
    assert asked(Roster(people=people, channels=CHANNELS, held={"comms": "li"}), 0, "li") == (["second"], [])
    assert asked(Roster(people={**people, "li": DEAF}, channels=CHANNELS), 0) == (["second"], [])
    assert asked(Roster(people=people, channels=CHANNELS), 0, "li", "second") == ([], ["chen"])


def test_a_policy_of_the_role_says_who_is_asked() -> None:
    """Who is on duty first; with each time the next step's people too; the holder instead, once there is one."""
    policy = Policy(name="c", roles=("comms",), steps=(Rung(to=("wang",)), Rung(to=("li", "chen"))))
    assert asked(ROSTER, 0, policies=(policy,))[0] == ["wang"]
    assert asked(ROSTER, 1, policies=(policy,))[0] == ["wang", "li"]
    held = Roster(people=ROSTER.people, channels=CHANNELS, held={"comms": "li"})
    assert asked(held, 0, policies=(policy,))[0] == ["li"]


@given(
    st.integers(0, 40),
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=3)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_a_gate_always_asks_again(number: int, within: timedelta | None, gone: timedelta) -> None:
    """Whatever was missed: after now, and within an hour, or within its own time."""
    now = START + gone
    assert now < next_ask(number, START, within, now) <= now + max(LONGEST, within or LONGEST)


def test_in_the_middle_and_at_the_end_of_its_time() -> None:
    """Then seldom."""
    within = timedelta(minutes=10)
    assert next_ask(0, START, within, START) == START + timedelta(minutes=5)
    assert next_ask(1, START, within, START + timedelta(minutes=5)) == START + within
    assert next_ask(2, START, within, START + within) == START + within + timedelta(minutes=60)


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Console]:
    people = {
        "li": {"os_users": [os_user()], "email": "li@x.example", "roles": ["comms"]},
        "wang": {"email": "wang@x.example", "roles": ["comms"]},
        "chen": {"email": "chen@x.example", "roles": ["commander"]},
    }
    steps = ASKED % ", within: 20m, on_expire: fail"
    house.write(tmp_path / "w", playbooks={"small": book("small", steps)}, store=store.url, people=people)
    opened = house.opened(tmp_path / "w", clock)
    house.declared(opened, "small")
    yield opened
    opened.close()


def requests(console: Console) -> list[list[str]]:
    """Whom each request went to."""
    rows = console.store.execute(
        """SELECT b.step AS step, d.recipient AS who FROM delivery d JOIN broadcast b ON b.no = d.broadcast
        WHERE b.step LIKE 'approval.%' ORDER BY b.no, d.no"""
    ).fetchall()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["step"], []).append(row["who"].removeprefix("person:"))
    return list(found.values())


def test_a_gate_asks_again_until_it_is_answered(console: Console, clock: MovableClock) -> None:
    """Wider; on the timeline; not after the answer."""
    clock.advance("10m")
    for _ in range(2):
        worker.look_after_runs(console.office)
    assert requests(console) == [["wang"], ["wang", "chen"]]
    assert [e.detail["to"] for e in read(console.store, INCIDENT) if e.kind == "gate.asked_again"] == [["wang", "chen"]]
    answer = approving.Answer(approved=True)
    wang = Actor(person="wang", os_user="wang")
    approving.decide_gate(console.office, INCIDENT, wang, no_confirmation, "sure", answer, lambda role: True)
    assert staffing.earliest_due(console.store) is None


def test_an_expired_gate_asks_nobody(console: Console, clock: MovableClock) -> None:
    """The playbook has decided."""
    clock.advance("21m")
    worker.look_after_runs(console.office)
    assert [gate["state"] for gate in console.store.queries("incident.run").gates_of(incident=INCIDENT)] == ["expired"]
    assert staffing.earliest_due(console.store) is None
