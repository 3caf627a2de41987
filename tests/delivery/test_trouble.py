"""The world around the ledger misbehaves: another process holds the database, the clock jumps. Nobody is lost, what is
known stays known, and it goes on when it is over."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from incident.channel.port import Deferred, Delivery, Outcome, Sent
from incident.channel.spec import Rate
from incident.delivery import claims, outbox
from incident.errors import StoreBusy
from incident.now import system_clock
from incident.store import Store, database
from tests.clock import START, MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering
from tests.delivery.test_at_work import Patient

DAY = timedelta(days=1)
RATE = (Rate(per=timedelta(seconds=1), most=100),)


class Jumping:
    """The machine's clock, which somebody sets while it runs."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@contextmanager
def held(store: Store) -> Iterator[None]:
    """The ledger in the hands of somebody else, as another process would hold it."""
    if store.dialect == "sqlite":
        # a driver's own connection: the threads of one process stand in line for ours
        other: Any = sqlite3.connect(store.url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        import psycopg

        other = psycopg.connect(store.url)
        other.execute("LOCK TABLE broadcast, delivery, chunk IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def holding_once(store: Store, moment: Callable[[], bool], seconds: float) -> Iterator[None]:
    """Holds the ledger for a while as soon as the moment has come."""
    over = threading.Event()

    def hold() -> None:
        while not moment() and not over.is_set():
            time.sleep(0.001)
        with held(store):
            over.wait(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_busy_database_makes_nothing_unknown(
    store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held for longer than we wait, but not twice as long: what was known and what was not sent are told apart."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 1 if store.dialect == "postgresql" else 0.3)
    ledger.add_recipients(store, 200)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: time.sleep(0.002) or Sent("250"))  # type: ignore[func-returns-value]
    line = ledger.line(way)
    with holding_once(store, lambda: len(way.sent) > 70, seconds=database.BUSY_SECONDS * 1.3), suppress(StoreBusy):
        ledger.drain(store, line, clock)
    ledger.drain(store, line, clock)
    total = ledger.summed(store, row)
    assert total.adds_up
    assert total.counts["accepted"] == 200
    assert len({one.key for one in way.sent}) == len(way.sent) == 200
    assert not ledger.attempts(store)


def test_a_database_busy_for_long_loses_nobody(
    store: Store, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held until the sender has given up: everybody is reached in the end, and who was twice was unknown before."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 1 if store.dialect == "postgresql" else 0.2)
    ledger.add_recipients(store, 200)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: time.sleep(0.002) or Sent("250"))  # type: ignore[func-returns-value]
    line = ledger.line(way)
    with (
        holding_once(store, lambda: len(way.sent) > 70, seconds=20),
        pytest.raises(StoreBusy, match="another process has held"),
    ):
        ledger.drain(store, line, clock)
    ledger.drain(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 200
    keys = [one.key for one in way.sent]
    assert len(set(keys)) == 200
    unknown = {f"u{one['delivery'] - 1:05d}" for one in ledger.attempts(store) if one["state"] == "unknown"}
    twice = {one.recipient for one in way.sent if keys.count(one.key) > 1}
    assert twice <= unknown


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_rate_holds_although_the_clock_jumps(store: Store, jump: timedelta) -> None:
    """In the middle of a broadcast at a hundred a second: it goes on at once, and never in a burst."""
    ledger.add_recipients(store, 150)
    clock = Jumping()
    row = ledger.broadcast(store, clock())
    starts: list[float] = []

    def work(delivery: Delivery) -> Outcome:
        starts.append(time.monotonic())
        if len(starts) == 70:
            clock.ahead = jump
        return Sent("250")

    ledger.drain(store, ledger.line(Patient(answers=work, rates=RATE)), clock)
    assert ledger.summed(store, row).counts["accepted"] == 150
    starts.sort()
    assert starts[-1] - starts[0] < 150 / 100 + 1.5
    assert max(sum(at <= later < at + 0.5 for later in starts) for at in starts) <= 50 * 1.25


def test_what_was_put_off_by_a_clock_ahead_is_not_late(store: Store, clock: MovableClock) -> None:
    """A clock that was a day ahead is set right: who was put off for moments is tried after moments."""
    clock.advance(DAY)
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("mailbox_full", "452"))
    line = ledger.line(way)
    ledger.drain(store, line, clock)
    clock.instant = START
    ledger.drain(store, line, clock)
    assert len(way.sent) == 3, "asked again before its time"
    way.answers = lambda delivery: Sent("250")
    clock.advance("2m")
    ledger.drain(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 3
    assert all(one["started_at"] <= one["ended_at"] for one in ledger.attempts(store))


def test_who_died_under_a_clock_ahead_is_taken_over(store: Store, clock: MovableClock) -> None:
    """A lease that a clock a day ahead has written ends when a lease ends."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock())
    clock.advance(DAY)
    way = Answering(dies_at=70)
    line = ledger.line(way)
    with pytest.raises(ledger.Killed):
        ledger.drain(store, line, clock)
    way.dies_at = -1
    clock.instant = START
    ledger.drain(store, line, clock)
    clock.advance(claims.LEASE + timedelta(seconds=11))
    ledger.drain(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 100


def test_a_clock_ahead_looks_like_a_long_sleep(store: Store, clock: MovableClock) -> None:
    """What nobody seems to have sent for a day is held, with the reason; released, it goes on."""
    ledger.add_recipients(store, 20)
    row = ledger.broadcast(store, clock())
    clock.advance(DAY)
    line = ledger.line(Answering())
    ledger.send(store, line, clock)
    now = store.queries("incident.delivery").broadcast_by_no(no=row["no"])
    assert (now["state"], now["reason"]) == ("held", "stale")
    outbox.release(store, now, lambda people, preview: None, clock())
    ledger.send(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 20
