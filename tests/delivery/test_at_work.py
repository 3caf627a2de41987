"""Senders at work on one ledger: what is urgent overtakes, broadcasts share, a dead relay is found out once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from incident import ident
from incident.channel import turns
from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent
from incident.channel.spec import DomainLimit, Rate
from incident.delivery import brakes, sender
from incident.delivery.freeze import freeze
from incident.delivery.model import Broadcast, Direct, Route
from incident.now import Clock, system_clock
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import TEXT, Answering


@dataclass(eq=False)
class Patient(Answering):
    """A channel that asks when the next delivery may start, as real ones do; some at a time."""

    workers: int = 1

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        def work(delivery: Delivery) -> Outcome:
            self.sent.append(delivery)
            return self.answers(delivery)

        return turns.take(deliveries, stopped, work, self.workers)


def page(store: Store, clock: Clock) -> int:
    """A page to one person by mail."""
    return freeze(
        store,
        Broadcast(
            id=ident.token(),
            kind="page",
            incident="INC-2026-001",
            step="page",
            message="page",
            audience="staff",
            people=1,
            hash="",
            thread="INC-2026-001",
            routes=(Route(channel="email", reach="each", column="email"),),
            renderings={("email", "en"): TEXT},
            critical=True,
            direct=(
                Direct(recipient="person:li", channel="email", locale="en", address="li@wallet.example", name="Li"),
            ),
        ),
        clock(),
    )


def test_a_page_overtakes_a_broadcast(store: Store) -> None:
    """It is enqueued in the middle of one, and accepted within a second, long before the broadcast is through."""
    ledger.add_recipients(store, 600)
    ledger.broadcast(store, system_clock())
    hand = store.another()
    asked: list[int] = []

    def slowly(delivery: Delivery) -> Outcome:
        time.sleep(0.002)
        if len(way.sent) == 30:
            page(hand, system_clock)
            asked.append(len(way.sent))
        return Sent("250")

    way = Answering(answers=slowly)
    ledger.drain(store, ledger.line(way), system_clock)
    hand.close()
    place = [delivery.recipient for delivery in way.sent].index("person:li")
    assert asked[0] < place < 300
    assert len(way.sent) == 601


def test_broadcasts_share_a_channel(store: Store, clock: MovableClock) -> None:
    """The second one does not wait for the end of the first."""
    ledger.add_recipients(store, 400)
    ledger.broadcast(store, clock())
    ledger.broadcast(store, clock(), step="update")
    way = Answering()
    ledger.drain(store, ledger.line(way), clock)
    steps = [delivery.key.split(".")[0] for delivery in way.sent]
    first, second = dict.fromkeys(steps)
    assert steps.index(second) < 100
    assert steps[::-1].index(first) < 400  # nor does it push the first one behind itself
    assert steps.count(first) == steps.count(second) == 400


def test_a_dead_relay_is_found_out_once(store: Store, clock: MovableClock) -> None:
    """One delivery learns of it; nobody else is tried or loses a try. When it is back, everybody is reached."""
    ledger.add_recipients(store, 200)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("unreachable", "", "No connection."))
    line = ledger.line(way)
    ledger.drain(store, line, clock)
    assert len(way.sent) == 1
    tried = [one for one in ledger.rows(store).values() if one["attempts"]]
    assert [one["reason"] for one in tried] == ["unreachable"]
    ledger.drain(store, line, clock)
    assert len(way.sent) == 1, "asked again before its time"
    due = sender.next_due(store, line, clock())
    assert due is not None
    assert clock() < due <= clock() + timedelta(seconds=10)
    way.answers = lambda delivery: Sent("250")
    clock.advance(timedelta(minutes=1))
    ledger.drain(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 200
    assert not brakes.states(store, clock())


def test_a_probe_is_one_delivery(store: Store, clock: MovableClock) -> None:
    """As long as the relay is dead, each time one delivery tries, and a different one."""
    ledger.add_recipients(store, 50)
    ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("unreachable"))
    line = ledger.line(way)
    for _ in range(4):
        ledger.drain(store, line, clock)
        clock.advance(timedelta(minutes=3))
    assert len(way.sent) == 4


def test_a_penalty_is_waited_for(store: Store, clock: MovableClock) -> None:
    """Told to come back in ten minutes, nobody knocks before; then it goes on."""
    ledger.add_recipients(store, 30)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("rate", "429", "", timedelta(minutes=10)))
    line = ledger.line(way)
    ledger.drain(store, line, clock)
    clock.advance(timedelta(minutes=9))
    ledger.drain(store, line, clock)
    assert len(way.sent) == 1
    way.answers = lambda delivery: Sent("200")
    clock.advance(timedelta(minutes=2))
    ledger.drain(store, line, clock)
    assert ledger.summed(store, row).counts["accepted"] == 30


def test_a_refused_recipient_stops_nobody(store: Store, clock: MovableClock) -> None:
    """The server is well; the address is not."""
    ledger.add_recipients(store, 40)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Refused("bad_address", "550"))
    ledger.drain(store, ledger.line(way), clock)
    assert ledger.summed(store, row).counts["refused"] == 40


def test_a_rate_holds_for_two_senders(store: Store) -> None:
    """Of thirty a second, two senders together start no more, and hardly fewer."""
    ledger.add_recipients(store, 60)
    ledger.broadcast(store, system_clock(), routes=(Route(channel="email", reach="each", column="email", chunk=5),))
    starts: list[float] = []

    def work(delivery: Delivery) -> Outcome:
        starts.append(time.monotonic())
        return Sent("250")

    rate = (Rate(per=timedelta(seconds=1), most=30),)
    ways = [Patient(answers=work, rates=rate) for _ in range(2)]
    stores = [store.another() for _ in ways]
    threads = [
        threading.Thread(target=ledger.drain, args=(mine, ledger.line(way), system_clock))
        for mine, way in zip(stores, ways, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in stores:
        mine.close()
    assert len(starts) == 60
    starts.sort()
    most = max(sum(at <= later < at + 1 for later in starts) for at in starts)
    assert most <= 31, "too many in one second"  # one more: these are measured behind the decision to start
    assert starts[-1] - starts[0] < 60 / 30 * 1.25


def test_one_domain_is_not_flooded(store: Store) -> None:
    """Two at a time to the one that is limited; the others do not wait behind it."""
    with store.transaction():
        for number in range(30):
            ledger.add_recipient(store, f"s{number:02d}", email=f"s{number}@small.example")
            ledger.add_recipient(store, f"t{number:02d}", email=f"t{number}@big.example")
    row = ledger.broadcast(store, system_clock())
    under_way, seen, lock = {"small": 0, "big": 0}, {"small": 0, "big": 0}, threading.Lock()

    def work(delivery: Delivery) -> Outcome:
        domain = delivery.address.split("@")[1].split(".")[0]
        with lock:
            under_way[domain] += 1
            seen[domain] = max(seen[domain], under_way[domain])
        time.sleep(0.01)
        with lock:
            under_way[domain] -= 1
        return Sent("250")

    way = Patient(answers=work, workers=8, domains={"small.example": DomainLimit(concurrency=2)})
    ledger.drain(store, ledger.line(way), system_clock)
    assert seen["small"] <= 2 < seen["big"]
    assert ledger.summed(store, row).counts["accepted"] == 60


def test_little_is_unknown_where_a_person_decides(store: Store, clock: MovableClock) -> None:
    """Killed in the middle, a channel that cannot recognise a repetition leaves the one in flight, and nothing else."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), routes=(Route(channel="email", reach="each", column="email", chunk=1),))
    way = Answering(on_unknown="hold", dies_at=40)
    line = ledger.line(way)
    ledger.die_sending(store, line, clock)
    way.dies_at = -1
    ledger.drain(store, line, clock)
    counts = ledger.summed(store, row).counts
    assert counts["unknown"] <= 2
    assert counts["accepted"] == 100 - counts["unknown"]


@pytest.mark.parametrize("people", [10, 12])
def test_an_outcome_does_not_wait_for_a_slower_one(store: Store, clock: MovableClock, people: int) -> None:
    """Two at once, and both come to somebody who takes long: meanwhile those before them stand in the ledger, whether
    others wait behind or not."""
    ledger.add_recipients(store, people)
    ledger.broadcast(store, clock())
    goes_on = threading.Event()

    def work(delivery: Delivery) -> Outcome:
        if delivery.address.startswith(("u00008", "u00009")):
            goes_on.wait(10)
        return Sent("250")

    mine = store.another()
    way = Patient(answers=work, workers=2)
    thread = threading.Thread(target=ledger.drain, args=(mine, ledger.line(way), clock))
    thread.start()
    give_up = time.monotonic() + 5
    while (accepted := _accepted(store)) < 8 and time.monotonic() < give_up:
        time.sleep(0.01)
    goes_on.set()
    thread.join()
    mine.close()
    assert accepted == 8
    assert _accepted(store) == people


def _accepted(store: Store) -> int:
    return sum(row["state"] == "accepted" for row in ledger.rows(store).values())
