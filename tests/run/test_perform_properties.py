"""The same on a real database: generated playbooks through the shell, with transactions that die and people who err."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident import journal, lifecycle, respond
from incident.delivery.reconcile import reconcile
from incident.errors import IncidentError
from incident.journal import Actor
from incident.run import acts, approving, messenger, notices, steering, worker
from incident.run import store as runs
from incident.run.live import no_confirmation
from incident.run.validity import wrongs
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import generated, house
from tests.run.test_advance_properties import OVER

NAME = "INC-2026-001"
MOVES = ("time", "time", "approve", "approve", "reject", "answer", "done", "ack", "update", "resolve", "correct")
RARE = ("pause", "resume", "abort", "cancel", "send", "signal", "skip", "retry")
TYPES = (*generated.TYPES, "run", "run", *generated.NESTS)
move = st.tuples(st.sampled_from((*MOVES, *RARE)), st.integers(0, 5), st.booleans())


class Died(Exception):
    """The process was killed before the transaction was committed."""


@settings(max_examples=generated.examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(text=generated.texts(TYPES, most=5), moves=st.lists(move, max_size=10))
def test_the_stored_run_is_valid_whatever_happens(text: str, moves: list[tuple[str, int, bool]]) -> None:
    """Each act leaves all of itself or nothing; ledger, journal and history tell one story."""
    with tempfile.TemporaryDirectory() as folder:
        clock = MovableClock()
        playbooks = {"made-up": text, "called": generated.CALLED}
        console = house.opened(house.write(Path(folder), playbooks=playbooks), clock)
        try:
            house.import_people(console, 3)
            house.declared(console, "made-up")
            check(console)
            for name, number, dies in moves:
                attempt(console, lambda n=name, k=number: act(console, clock, n, k), dies)
                worker.look_after_runs(console.office)
                messenger.drain(console.office)
                check(console)
        finally:
            console.close()


def attempt(console: Console, work: Callable[[], object], dies: bool) -> None:
    """Does it; when it dies, or is refused, nothing of it is left."""
    before = written(console)
    try:
        with console.store.transaction():
            work()
            if dies:
                raise Died
    except (IncidentError, Died):
        assert written(console) == before


def written(console: Console) -> tuple[int, int, int]:
    """How much stands in history, journal and ledger."""
    count = "SELECT count(*) AS n FROM"
    tables = ("run_event", "journal", "delivery")
    found = [console.store.execute(f"{count} {table}").fetchone()["n"] for table in tables]
    return found[0], found[1], found[2]


def act(console: Console, clock: MovableClock, name: str, number: int) -> object:
    """One thing that a person or time does."""
    office, actor = console.office, Actor(person=("wang", "chen")[number % 2], os_user="root")
    steps = house.view(console).all_steps()
    step = steps[number % len(steps)].id
    if name == "time":
        return clock.advance(("1m", "5m", "16m", "30m", "61m", "10h")[number])
    if name in ("approve", "reject"):
        return approving.decide_gate(
            office,
            NAME,
            actor,
            no_confirmation,
            step,
            approving.Answer(approved=name == "approve"),
            lambda role: True,
        )
    if name == "answer":
        asks = [one for one in steps if one.type == "ask"]
        wanted = asks[number % len(asks)] if asks else None
        given = {"choice": "go"} if wanted and wanted.fields["choices"] else {"reach": "7"}
        return acts.answer(office, NAME, actor, wanted.id if wanted else step, given)
    if name == "done":
        return acts.finish_task(office, NAME, actor, step)
    if name == "ack":
        return acts.acknowledge(office, NAME, actor)
    if name in ("update", "resolve", "correct"):
        notice = {"update": "update", "resolve": "resolved", "correct": "correction"}[name]
        return notices.request(office, NAME, actor, no_confirmation, notice, texts={"en": "We are on it."})
    if name == "cancel":
        return respond.cancel(office, actor, NAME, "false alarm")
    if name == "send":
        return messenger.drain(office)
    if name == "signal":
        return steering.signal(office, NAME, actor, "recovered", {"state": "up"})
    if name == "skip":
        return steering.skip(office, NAME, actor, step, "not needed")
    if name == "retry":
        return steering.retry(office, NAME, actor, step, no_confirmation)
    return getattr(acts, name)(office, NAME, actor, "because")


def check(console: Console) -> None:
    """The history is valid; the journal's chain holds; ledger and history name the same broadcasts; the sum adds up."""
    run = runs.of_incident(console.store, NAME)
    events = runs.events(console.store, run.id)
    assert [event.no for event in events] == list(range(1, len(events) + 1))
    assert wrongs(console.playbook("made-up"), acts.seen(console.office, NAME).history) == []
    told = {event.data["broadcast"] for event in events if event.data.get("broadcast")}
    frozen = {
        row["id"] for row in console.store.queries("incident.delivery").broadcasts_of(incident=NAME) if row["lane"]
    }
    assert told == frozen
    assert all(one.total.adds_up for one in reconcile(console.store, NAME))
    assert journal.verify(console.store) > 0
    ended = lifecycle.get(console.store, NAME, 0).state != "open"
    standing = acts.look(console.office, NAME)
    if standing.state in OVER:
        open_gates = [g for g in console.store.queries("incident.run").gates_of(incident=NAME) if g["state"] == "open"]
        waiting = {wait.step for wait in standing.waiting}
        assert {gate["step"] for gate in open_gates} <= waiting
    else:
        assert standing.waiting
        assert not ended or {wait.type for wait in standing.waiting} <= {"task", "announce"}
    assert run.next_due is None or run.next_due > console.clock()
