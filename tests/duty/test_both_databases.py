"""The rows of promises and clocks move alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incident import lifecycle
from incident.duty import clocks, promises
from incident.duty.clockwork import Submission
from incident.journal import Actor
from incident.now import parse_duration
from incident.run import duties, worker
from incident.store import Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house

_BOOK = """
schema: incident.playbook/v1
id: both
title: On both
roles: {commander: {}, legal: {}}
severity: {default: sev1}
cadence:
  sev1: {first: 5m, every: 20m, overdue: {escalate_to: commander, holding: holding-statement}}
clocks:
  - use: cn-pboc-class1
    applies_when: true
  - use: eu-dora-initial
    applies_when: true
steps:
  - {id: first-notice, type: announce, template: first-notice, audience: everyone}
"""
LI = Actor(person="li", os_user="root")


@pytest.fixture
def console(tmp_path: Path, store: Store, clock: MovableClock) -> Iterator[Console]:
    """A workspace on each database, where one customer was told at once."""
    house.write(tmp_path / "w", playbooks={"both": _BOOK}, store=store.url)
    console = house.opened(tmp_path / "w", clock)
    house.import_people(console, 1)
    house.declared(console, "both")
    yield console
    console.close()


def pass_time(console: Console, clock: MovableClock, duration: str) -> None:
    """A worker looks at each moment that something is due; nothing is sent."""
    end = clock() + parse_duration(duration)
    while (due := worker.next_turn(console.office)) is not None and due <= end:
        clock.instant = max(due, clock() + timedelta(milliseconds=1))
        worker.look_after_runs(console.office)
    clock.instant = end


def test_a_promise_is_broken_and_caught_up(console: Console, clock: MovableClock) -> None:
    """Reminded, broken, escalated, ended by the holding statement; the next one stands."""
    pass_time(console, clock, "31m")
    broken, fresh = promises.listed(console.store, "INC-2026-001")
    assert (broken.state, broken.ended_in) == ("broken", "promise-1.holding")
    assert (fresh.state, fresh.made_in) == ("open", "promise-1.holding")
    assert lifecycle.get(console.store, "latest", 2026).promised_at == fresh.due


def test_clocks_warn_are_moved_submitted_and_dismissed(console: Console, clock: MovableClock) -> None:
    """Each act moves its row."""
    office, store = console.office, console.store
    pass_time(console, clock, "2h1m")
    assert clocks.get(store, "INC-2026-001", "cn-pboc-class1").missed_at is not None
    moved = duties.start_clock(office, "INC-2026-001", LI, "cn-pboc-class1", "later", clock() - timedelta(minutes=1))
    assert (moved.missed_at, moved.rung) == (None, 0)
    done, following = duties.submit_clock(office, "INC-2026-001", LI, "eu-dora-initial", Submission(at=clock()))
    assert (done.state, done.met(clock()), following.id) == ("submitted", True, "eu-dora-intermediate")
    gone = duties.dismiss_clock(office, "INC-2026-001", LI, "eu-dora-intermediate", "not major")
    assert gone.state == "dismissed"
    assert set(clocks.next_due(store)) == {"INC-2026-001"}
    assert [one.id for one in clocks.running(store)] == ["cn-pboc-class1"]
