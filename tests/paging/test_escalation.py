"""Policies at work: real database, real workspace, real ledger, a real gateway that refuses; the clock is moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incident import paging
from incident.errors import WrongState
from incident.journal import Actor, Entry, read
from incident.paging import tree
from incident.people import os_user
from incident.run import acts, staffing, worker
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import book
from tests.servers import web

INCIDENT = "INC-2026-001"
TASK = "  - {id: work, type: task, title: Work}\n"
CHANNELS = {name: {"kind": "file", "path": f"out/{name}", "medium": name} for name in ("email", "push")}
PEOPLE = {
    "li": {"os_users": [os_user()], "email": "li@x.example", "push": "li-phone"},
    "wang": {"os_users": [os_user()], "email": "wang@x.example"},
    "chen": {"os_users": [os_user()]},
    "boss": {"email": "boss@x.example", "phone": "+86 10 5555 0100", "roles": ["commander"]},
}
Open = Callable[..., Console]


@pytest.fixture
def workspace(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Open]:
    """Opens a workspace with these sections, and declares an incident in it."""
    consoles: list[Console] = []

    def opened(**sections: object) -> Console:
        given = {"people": PEOPLE, "channels": CHANNELS, **sections}
        steps = given.pop("steps", TASK)
        house.write(tmp_path / "w", playbooks={"small": book("small", str(steps))}, store=store.url, **given)
        consoles.append(house.opened(tmp_path / "w", clock))
        house.declared(consoles[-1], "small")
        return consoles[-1]

    yield opened
    for console in consoles:
        console.close()


def call(console: Console, *targets: str, priority: str = "high") -> None:
    acts.page(console.office, INCIDENT, console.actor, targets, "Wake up", timedelta(minutes=5), priority)


def ack(console: Console, who: str = "li") -> acts.Standing:
    return acts.acknowledge(console.office, INCIDENT, Actor(person=who, os_user="root"))


def wake(console: Console, clock: MovableClock, *waits: str) -> None:
    """A worker wakes after each of these waits."""
    for wait in waits:
        clock.advance(wait)
        worker.look_after_runs(console.office)


def sent(console: Console, what: str = "page") -> list[str]:
    """`person channel` of every page (or word to an owner) so far, in order."""
    rows = console.store.execute(
        f"""SELECT d.recipient AS who, d.channel AS channel FROM delivery d JOIN broadcast b ON b.no = d.broadcast
        WHERE b.step LIKE '{what}.%' ORDER BY b.no, d.no"""
    ).fetchall()
    return [f"{row['who'].removeprefix('person:')} {row['channel']}" for row in rows]


def told(console: Console, kind: str) -> list[Entry]:
    return [entry for entry in read(console.store, INCIDENT) if entry.kind == kind]


LADDER = {
    "night": {
        "steps": [
            {"to": "li", "wait": "3m", "repeat": 1},
            {"to": "wang", "wait": "10m"},
        ],
        "repeat": 0,
        "ack_expires": "30m",
        "fallback": "boss",
    }
}


def test_a_policy_is_followed_step_by_step(workspace: Open, clock: MovableClock) -> None:
    """Each at its time, and the escalation stands on the timeline; at the end its fallback is told, once."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    wake(console, clock, "2m", "1m", "3m", "10m", "1h", "1h")
    assert sent(console) == ["li email", "li push", "wang email"]
    assert [entry.detail["reached"] for entry in told(console, "page.escalated")] == [["wang by email"]]
    assert sent(console, "owner") == ["boss email"]
    (end,) = told(console, "page.owner_told")
    assert end.reason == "Nobody has acknowledged; all were called."


def test_a_step_goes_out_once_whoever_wakes(workspace: Open, clock: MovableClock) -> None:
    """Several workers at one moment, each with a connection of its own."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    clock.advance("3m")
    together = threading.Barrier(4)

    def wakes() -> None:
        own = house.opened(console.workspace, clock)
        assert own.station
        together.wait(timeout=30)
        worker.look_after_runs(own.office)
        own.close()

    threads = [threading.Thread(target=wakes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent(console) == ["li email", "li push"]


def test_an_edited_policy_does_not_touch_a_page_that_is_open(workspace: Open, clock: MovableClock) -> None:
    """It keeps the one it was opened with."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    settings = json.loads((console.workspace / "incident.yaml").read_text(encoding="utf-8"))
    del settings["policies"]
    (console.workspace / "incident.yaml").write_text(json.dumps(settings), encoding="utf-8")
    again = house.opened(console.workspace, clock)
    wake(again, clock, "3m", "3m")
    assert sent(again) == ["li email", "li push", "wang email"]
    again.close()


def test_an_acknowledgement_runs_out(workspace: Open, clock: MovableClock) -> None:
    """Half an hour later the policy begins again, unless it was renewed."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    ack(console)
    wake(console, clock, "29m")
    ack(console)
    wake(console, clock, "29m")
    assert sent(console) == ["li email"]
    wake(console, clock, "2m", "3m", "3m")
    assert sent(console) == ["li email", "li push", "li email", "wang email"]
    assert [entry.detail["person"] for entry in told(console, "page.ack_expired")] == ["li"]
    ack(console, "wang")
    console.store.execute("UPDATE page SET next_due = NULL")
    with pytest.raises(WrongState):
        ack(console)


def test_all_must_acknowledge(workspace: Open, clock: MovableClock) -> None:
    """Who has is not called again; who has not is named; the last one ends it."""
    all_of_them = {"all": {"steps": [{"to": ["li", "wang"], "all_must_ack": True, "wait": "5m"}]}}
    console = workspace(policies=all_of_them)
    call(console, "policy/all")
    ack(console, "li")
    assert paging.missing(console.store, INCIDENT) == ["wang"]
    wake(console, clock, "5m")
    assert sent(console) == ["li email", "wang email", "wang email"]
    assert told(console, "page.acknowledged")[-1].detail["missing"] == ["wang"]
    ack(console, "wang")
    wake(console, clock, "1h")
    assert len(sent(console)) == 3
    assert [page["state"] for page in paging.listed(console.store, INCIDENT)] == ["acknowledged"]


def test_a_page_step_waits_for_all_of_them(workspace: Open) -> None:
    """One of two is not enough for the step either."""
    all_of_them = {"all": {"steps": [{"to": ["li", "wang"], "all_must_ack": True}]}}
    console = workspace(policies=all_of_them, steps="  - {id: wake, type: page, to: policy/all}\n")
    assert [wait.step for wait in ack(console, "li").waiting] == ["wake"]
    assert ack(console, "wang").state == "finished"


def test_an_empty_rota_is_told_and_passed_over(workspace: Open, clock: MovableClock) -> None:
    """Nobody is on duty: the next step at once, and the fallback reads why, once."""
    shift = {"person": "li", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    policy = {"night": {"steps": [{"to": "rota/ic"}, {"to": "wang"}]}}
    console = workspace(policies=policy, rotas={"ic": {"shifts": [shift]}}, paging={"fallback": "boss"})
    call(console, "policy/night")
    wake(console, clock, "5m", "5m")
    assert sent(console) == ["wang email", "wang email", "wang email"]
    assert sent(console, "owner") == ["boss email"]
    assert "Nobody is on duty by rota/ic." in str(told(console, "page.owner_told")[0].reason)


def test_a_page_to_nobody_is_not_dropped(workspace: Open, clock: MovableClock) -> None:
    """A person without an address: the owner is told, and it is looked at again when a duty may have begun."""
    console = workspace()
    call(console, "chen")
    assert sent(console) == []
    assert sent(console, "owner") == ["boss email", "boss email"]
    codes = {str(entry.reason).split(":")[0] for entry in told(console, "page.owner_told")}
    assert codes == {"No channel reaches chen", "There is nobody who could be called now."}
    assert worker.next_turn(console.office) is not None


def test_working_hours_choose_the_step(workspace: Open) -> None:
    """3 a.m. UTC is eleven in the morning in Shanghai, on a Saturday."""
    steps = [{"to": "wang", "when": "working_hours"}, {"to": "li", "when": "off_hours"}]
    hours = {"from": "09:00", "to": "18:00"}
    console = workspace(policies={"p": {"steps": steps}}, paging={"working_hours": hours})
    call(console, "policy/p")
    assert sent(console) == ["li email"]


def test_low_priority_waits_for_the_morning(workspace: Open, clock: MovableClock) -> None:
    """The page is open and has its time; nobody is told of it, because nothing is wrong."""
    people = {**PEOPLE, "wang": {**PEOPLE["wang"], "quiet_hours": {"from": "10:00", "to": "12:00"}}}
    console = workspace(people=people)
    call(console, "wang", priority="low")
    assert (sent(console), sent(console, "owner")) == ([], [])
    wake(console, clock, "59m", "2m")
    assert sent(console) == ["wang email"]
    assert told(console, "page.sent")[0].detail["priority"] == "low"


def test_a_clock_that_has_gone_back_delays_no_call(workspace: Open, clock: MovableClock) -> None:
    """The next round does not wait until the clock has caught up with itself."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    clock.instant -= timedelta(hours=6)
    worker.look_after_runs(console.office)
    assert sent(console) == ["li email", "li push"]


def test_an_incident_that_ended_calls_nobody_again(workspace: Open, clock: MovableClock) -> None:
    """Acknowledgements that would run out end with it."""
    console = workspace(policies=LADDER)
    call(console, "policy/night")
    ack(console)
    acts.cancel(console.office, INCIDENT, console.actor, "a sensor")
    wake(console, clock, "2h")
    assert sent(console) == ["li email"]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """An SMS gateway that knows no number."""
    with web.running(tmp_path / "sms", lambda post, number: web.Answer(status=404, body={"error": "no"})) as server:
        yield f"http://127.0.0.1:{server.port}/send"


def refusing(gateway: str) -> dict[str, object]:
    return {"kind": "webhook", "url": gateway, "medium": "sms", "address": "phone", "reach": "each"}


def test_what_is_refused_is_tried_by_the_next_way_at_once(workspace: Open, gateway: str) -> None:
    """A number that is none: mail follows without waiting five minutes."""
    people = {"li": {**PEOPLE["li"], "phone": "+86 10 5555 0199", "contacts": ["sms", "email"]}}
    console = workspace(people=people, channels={**CHANNELS, "sms": refusing(gateway)})
    call(console, "li")
    house.send(console)
    worker.look_after_runs(console.office)
    house.send(console)
    assert sent(console) == ["li sms", "li email"]
    assert not staffing.hurry(console.station, INCIDENT)
    assert tree.unreached(console.store, INCIDENT) == []


def test_when_no_way_is_left_the_timeline_says_so(workspace: Open, gateway: str, clock: MovableClock) -> None:
    """Once; the page goes on at its pace, and the phone tree names who to telephone, numbers first."""
    people = {"li": {"os_users": [os_user()], "phone": "+86 10 5555 0199"}, "boss": PEOPLE["boss"]}
    console = workspace(people=people, channels={"sms": refusing(gateway)})
    call(console, "li")
    for _ in range(3):
        house.send(console)
        worker.look_after_runs(console.office)
    assert sent(console) == ["li sms"]
    assert [entry.reason for entry in told(console, "page.owner_told")] == ["No call has reached anybody, by any way."]
    wake(console, clock, "5m")
    assert len(sent(console)) == 2
    pages = tree.unreached(console.store, INCIDENT)
    assert [(leaf.person, leaf.phone) for leaf in tree.of_pages(console.station, INCIDENT, pages)] == [
        ("li", "+86 10 5555 0199"),
        ("boss", "+86 10 5555 0100"),
    ]


def test_a_page_of_an_older_program_goes_on(workspace: Open, clock: MovableClock) -> None:
    """Its target is called for ever, as it was."""
    console = workspace()
    call(console, "li")
    console.store.execute("UPDATE page SET policy = '', called_at = NULL, next_due = next_due")
    wake(console, clock, "5m", "5m")
    assert sent(console) == ["li email", "li push", "li email"]
