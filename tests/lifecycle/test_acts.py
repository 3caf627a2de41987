"""Every act on an incident writes its row and its line of the timeline together."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest

from incident import journal, lifecycle
from incident.errors import NotFound, WrongState
from incident.ident import Series
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.store import Store
from tests.clock import START

LI = Actor(person="li", os_user="root")


def declared(store: Store, year: int = 2026, title: str = "Fire") -> Incident:
    return lifecycle.declare(
        store,
        LI,
        START,
        series=Series(year),
        title={"en": title},
        playbook="datacenter-loss",
        kind="force_majeure",
        severity="sev1",
        params={"dc": "sh1"},
        contact={},
    )


def kinds(store: Store, incident: str) -> list[str]:
    return [entry.kind for entry in journal.read(store, incident)]


def test_each_act_is_a_line(store: Store) -> None:
    """In the order in which things happened, with before and after."""
    incident = declared(store)
    lifecycle.set_phase(store, LI, START, incident, "identified")
    lifecycle.set_severity(store, LI, START, incident, "sev2", "smaller than feared")
    lifecycle.open_task(store, LI, START, incident.id, "t", "Compare", "commander", None)
    lifecycle.finish_task(store, LI, START, incident.id, "t")
    lifecycle.note(store, LI, START, incident.id, "water in the cellar", START - timedelta(hours=1))
    lifecycle.set_promise(store, LI, START, incident.id, START + timedelta(minutes=20))
    lifecycle.end(store, LI, START, incident, "resolved")
    assert kinds(store, incident.id) == [
        "incident.declared",
        "incident.phase",
        "incident.severity",
        "task.opened",
        "task.done",
        "note",
        "promise.made",
        "incident.resolved",
    ]
    entries = {entry.kind: entry for entry in journal.read(store, incident.id)}
    assert entries["incident.severity"].detail == {"before": "sev1", "after": "sev2"}
    assert entries["incident.severity"].reason == "smaller than feared"
    assert entries["note"].happened_at == START - timedelta(hours=1)
    assert entries["note"].recorded_at == START
    assert journal.verify(store) == 8


def test_what_changes_nothing_is_no_line(store: Store) -> None:
    """The same phase or severity again."""
    incident = declared(store)
    lifecycle.set_phase(store, LI, START, incident, incident.phase)
    lifecycle.set_severity(store, LI, START, incident, incident.severity)
    assert kinds(store, incident.id) == ["incident.declared"]


@pytest.mark.parametrize("state", ["resolved", "cancelled"])
def test_it_ends_once(store: Store, state: str) -> None:
    """The second end is told how it ended; the public phase moves only with a resolution; no promise is left."""
    incident = declared(store)
    lifecycle.set_promise(store, LI, START, incident.id, START + timedelta(minutes=20))
    lifecycle.end(store, LI, START, incident, state)
    with pytest.raises(WrongState, match=state):
        lifecycle.end(store, LI, START, incident, "resolved")
    now = lifecycle.get(store, incident.id, 2026)
    assert (now.state, now.promised_at) == (state, None)
    assert now.phase == ("resolved" if state == "resolved" else "investigating")


def test_a_task_is_done_once(store: Store) -> None:
    """The second time, and one that was never there."""
    incident = declared(store)
    lifecycle.open_task(store, LI, START, incident.id, "t", "Compare", "commander", START)
    lifecycle.finish_task(store, LI, START, incident.id, "t")
    for name in ("t", "never"):
        with pytest.raises(WrongState, match="no open task"):
            lifecycle.finish_task(store, LI, START, incident.id, name)
    assert [(task.state, task.done_by) for task in lifecycle.tasks(store, incident.id)] == [("done", "li")]


def test_an_act_that_fails_leaves_no_line(store: Store) -> None:
    """Row and line are one transaction."""
    incident = declared(store)
    with contextlib.suppress(RuntimeError), store.transaction():
        lifecycle.set_phase(store, LI, START, incident, "identified")
        raise RuntimeError
    assert lifecycle.get(store, incident.id, 2026).phase == "investigating"
    assert kinds(store, incident.id) == ["incident.declared"]


@pytest.mark.parametrize("text", ["INC-2026-002", "inc-2026-2", "2026-002", "2", "002", "latest"])
def test_what_a_tired_person_types(store: Store, text: str) -> None:
    """All of these mean the second incident of the year."""
    declared(store)
    second = declared(store, title="Flood")
    assert lifecycle.get(store, text, 2026).id == second.id


def test_one_that_is_not_there(store: Store) -> None:
    """The open ones are named."""
    declared(store)
    with pytest.raises(NotFound, match="INC-2026-001"):
        lifecycle.get(store, "99", 2026)


def test_numbers_begin_anew_each_year(store: Store) -> None:
    """And never repeat."""
    assert [declared(store, year).id for year in (2026, 2026, 2027)] == ["INC-2026-001", "INC-2026-002", "INC-2027-001"]


def test_many_declare_at_one_moment(store: Store) -> None:
    """Every incident gets a number of its own."""
    failures: list[Exception] = []

    def one() -> None:
        mine = store.another()
        try:
            for _ in range(5):
                declared(mine)
        except Exception as error:
            failures.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ids = sorted(incident.id for incident in lifecycle.listed(store, everything=True))
    assert ids == [f"INC-2026-{number:03d}" for number in range(1, 21)]
    assert journal.verify(store) == 20
