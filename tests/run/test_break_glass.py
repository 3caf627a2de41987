"""A gate opened by one person alone: only with a reason, only where it may be, and never in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident import lifecycle, paging
from incident.errors import BadValue, Conflict, NotAllowed
from incident.journal import Actor, read
from incident.people import os_user
from incident.run import acts, approving
from incident.run.live import no_confirmation
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import GATED, book

INCIDENT = "INC-2026-001"
PEOPLE = {
    "li": {"os_users": [os_user()], "email": "li@x.example", "roles": ["comms"]},
    "wang": {"email": "wang@x.example", "roles": ["comms"]},
    "chen": {"email": "chen@x.example", "roles": ["commander"]},
    "zhao": {"email": "zhao@x.example", "roles": ["commander"]},
    "eve": {"email": "eve@x.example", "roles": ["guest"]},
}
Open = Callable[..., Console]


@pytest.fixture
def workspace(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Open]:
    consoles: list[Console] = []

    def opened(steps: str = GATED, extra: str = "", **others: object) -> Console:
        text = book("small", steps) + extra
        house.write(tmp_path / "w", playbooks={"small": text}, store=store.url, people={**PEOPLE, **others})
        consoles.append(house.opened(tmp_path / "w", clock))
        house.import_people(consoles[-1], 2)
        house.declared(consoles[-1], "small")
        return consoles[-1]

    yield opened
    for console in consoles:
        console.close()


def answer(console: Console, who: str, step: str = "first-notice", *, alone: bool = True, reason: str = "fire") -> None:
    approving.decide_gate(
        console.office,
        INCIDENT,
        Actor(person=who, os_user="root"),
        no_confirmation,
        step,
        approving.Answer(approved=True, reason=reason, break_glass=alone),
        console.people[who].may_hold,
    )


def notices(console: Console) -> list[str]:
    rows = console.store.queries("incident.delivery").broadcasts_of(incident=INCIDENT)
    return [row["step"] for row in rows if row["lane"] == 1]


def test_the_author_alone_opens_it_with_a_reason(workspace: Open) -> None:
    """The notice goes out; gate, timeline and history say how."""
    console = workspace()
    with pytest.raises(NotAllowed, match="a second person must"):
        answer(console, "li", alone=False)
    answer(console, "li")
    assert notices(console) == ["first-notice"]
    (gate,) = console.store.queries("incident.run").gates_of(incident=INCIDENT)
    assert (gate["state"], gate["break_glass"], gate["answered_by"], gate["reason"]) == ("approved", 1, "li", "fire")
    (entry,) = [entry for entry in read(console.store, INCIDENT) if entry.kind == "gate.approved"]
    assert entry.detail["break_glass"] is True


def test_every_commander_hears_of_it_and_must_say_so(workspace: Open, clock: MovableClock) -> None:
    """Paged at once, each until they have acknowledged; who did it does not acknowledge for them."""
    console = workspace()
    answer(console, "li")
    (page,) = paging.listed(console.store, INCIDENT)
    assert page["target"] == "chen;zhao"
    assert page["text"] == "BREAK-GLASS: li opened first-notice alone: fire"
    for who in ("li", "chen"):
        acts.acknowledge(console.office, INCIDENT, Actor(person=who, os_user="root"))
    assert paging.missing(console.store, INCIDENT) == ["zhao"]
    acts.acknowledge(console.office, INCIDENT, Actor(person="zhao", os_user="root"))
    assert [page["state"] for page in paging.listed(console.store, INCIDENT)] == ["acknowledged"]


def test_who_may_hold_any_role_is_a_commander_too(workspace: Open) -> None:
    """Whose roles leave it open may command, and hears of it, also where others are named."""
    console = workspace(second={"email": "second@x.example"})
    answer(console, "li")
    assert [page["target"] for page in paging.listed(console.store, INCIDENT)] == ["chen;zhao;second"]


def test_the_end_of_the_incident_keeps_nobody_from_hearing_of_it(workspace: Open) -> None:
    """The other calls end with it; this one waits for each commander."""
    console = workspace()
    answer(console, "li")
    acts.cancel(console.office, INCIDENT, Actor(person="li", os_user="root"), "a sensor")
    assert [page["state"] for page in paging.listed(console.store, INCIDENT)] == ["open"]


def test_who_may_not_see_it_hears_that_it_happened_alone(workspace: Open) -> None:
    """A commander who may see a restricted incident reads step and reason; the others its id, and who it was."""
    console = workspace()
    store, me = console.store, Actor(person="li", os_user="root")
    lifecycle.restrict(store, me, console.clock(), lifecycle.get(store, INCIDENT, 0), ["chen", "wang"], "x")
    answer(console, "li", reason="SECRET")
    pages = {page["target"]: page["text"] for page in paging.listed(store, INCIDENT)}
    assert "SECRET" in pages["chen"]
    assert pages["zhao"].startswith(f"BREAK-GLASS: li opened a gate of {INCIDENT} alone.")
    rows = store.execute(
        "SELECT r.content AS content FROM rendering r JOIN delivery d ON d.broadcast = r.broadcast"
        " WHERE d.recipient = 'person:zhao'"
    ).fetchall()
    read_by_zhao = "".join(row["content"] for row in rows if "BREAK-GLASS" in row["content"])
    assert read_by_zhao
    assert not [word for word in ("SECRET", "first-notice", "Small") if word in read_by_zhao]


def test_who_may_not_see_it_acknowledges_only_their_own_call(workspace: Open) -> None:
    """Others are called on until one of them has answered."""
    console = workspace()
    store, me = console.store, Actor(person="li", os_user="root")
    lifecycle.restrict(store, me, console.clock(), lifecycle.get(store, INCIDENT, 0), ["chen", "wang"], "x")
    answer(console, "li")
    acts.acknowledge(console.office, INCIDENT, Actor(person="zhao", os_user="root"))
    states = {page["target"]: page["state"] for page in paging.listed(store, INCIDENT)}
    assert states == {"chen": "open", "zhao": "acknowledged"}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_it_stays_closed(workspace: Open, reason: str) -> None:
    """Nothing is recorded."""
    console = workspace()
    with pytest.raises(BadValue, match="--reason"):
        answer(console, "li", reason=reason)
    assert notices(console) == []


@pytest.mark.parametrize(
    ("steps", "extra"),
    [(GATED.replace("commander]}", "commander], break_glass: false}"), ""), (GATED, "guard: {break_glass: false}\n")],
    ids=["this gate", "every gate of the playbook"],
)
def test_a_playbook_may_forbid_it(workspace: Open, steps: str, extra: str) -> None:
    """Then a second person is the only way."""
    console = workspace(steps, extra)
    with pytest.raises(NotAllowed, match="forbids"):
        answer(console, "li")
    answer(console, "wang", alone=False)
    assert notices(console) == ["first-notice"]


def test_who_may_approve_anyway_does_not_break_it(workspace: Open) -> None:
    """It is for when nothing else works, not a habit."""
    console = workspace()
    with pytest.raises(NotAllowed, match="leave out --break-glass"):
        answer(console, "wang")


def test_who_has_no_part_in_it_may_not(workspace: Open) -> None:
    """A named role, or a commander."""
    console = workspace("  - {id: sure, type: approve, by: comms, prompt: Sure?, quorum: 2}\n")
    with pytest.raises(NotAllowed, match="is no commander"):
        answer(console, "eve", "sure")
    answer(console, "chen", "sure")
    assert acts.look(console.office, INCIDENT).state == "finished"


def test_one_of_two_who_have_approved_may_stand_for_both(workspace: Open) -> None:
    """The quorum is what is broken; the first approval stays on record."""
    console = workspace("  - {id: sure, type: approve, by: comms, prompt: Sure?, quorum: 2}\n")
    answer(console, "wang", "sure", alone=False)
    answer(console, "wang", "sure")
    assert acts.look(console.office, INCIDENT).state == "finished"


def test_it_covers_what_was_shown_and_no_more(workspace: Open) -> None:
    """An audience that has grown voids the gate for one person as for two."""
    console = workspace()
    house.import_people(console, 3, prefix="late")
    with pytest.raises(Conflict, match="has changed"):
        answer(console, "li")
    assert notices(console) == []
