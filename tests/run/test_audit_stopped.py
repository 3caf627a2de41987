"""A provider that is down is no fault of ours: the audit is clean while a worker looks after what waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident.channel.port import Deferred
from incident.run import audit
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering

UNTIL = timedelta(minutes=40)


@pytest.mark.parametrize("asked", [False, True], ids=["unreachable", "it named a time"])
def test_a_stopped_account_keeps_no_heartbeat_back(store: Store, clock: MovableClock, asked: bool) -> None:
    """Whether it is dead, or has asked for forty minutes of rest: the notice is looked after, each round says so."""
    ledger.add_recipients(store, 5)
    ledger.broadcast(store, clock())
    rest = Deferred("rate", "429", wait=UNTIL) if asked else Deferred("unreachable", "", "nobody")
    ways = ledger.line(Answering(answers=lambda delivery: rest))
    for _ in range(30):
        ledger.send(store, ways, clock)
        assert audit.look(store, clock()) == []
        clock.advance("1m")


def test_without_a_worker_it_is_overdue_all_the_same(store: Store, clock: MovableClock) -> None:
    """A stopped account excuses nobody who does not work."""
    ledger.add_recipients(store, 5)
    ledger.broadcast(store, clock())
    dead = Answering(answers=lambda delivery: Deferred("unreachable", "", "nobody listens there"))
    ledger.send(store, ledger.line(dead), clock)
    clock.advance("6m")
    assert [one.what for one in audit.look(store, clock())] == ["sending"]
