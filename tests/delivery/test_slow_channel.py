"""A sender that lives keeps its claim, however long one delivery takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from incident.channel.port import Delivery, Outcome, Sent
from incident.delivery import claims, sender
from incident.delivery.takeover import take_over
from incident.now import ms
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are renewed many times a second, so that the test need not wait for half a minute."""
    monkeypatch.setattr(sender, "RENEW_SECONDS", 0.05)


@contextmanager
def sending(store: Store, way: Answering, clock: MovableClock) -> Iterator[None]:
    """A sender at work in a thread of its own."""
    mine = store.another()
    thread = threading.Thread(target=lambda: ledger.drain(mine, ledger.line(way), clock))
    thread.start()
    try:
        yield
    finally:
        thread.join()
        mine.close()


@pytest.mark.usefixtures("hasty")
def test_a_slow_delivery_is_not_taken_over(store: Store, clock: MovableClock) -> None:
    """Its lease ends in the middle of one delivery; because its process lives, it has been renewed by then."""
    ledger.add_recipients(store, 1)
    row = ledger.broadcast(store, clock())
    goes_on, begun = threading.Event(), threading.Event()

    def slowly(delivery: Delivery) -> Outcome:
        begun.set()
        goes_on.wait(10)
        return Sent("250")

    way = Answering(answers=slowly, on_unknown="resend")
    with sending(store, way, clock):
        assert begun.wait(10)
        clock.advance(claims.LEASE * 2)
        _until_renewed(store, clock)
        assert take_over(store, clock(), lambda channel: "resend") == 0
        goes_on.set()
    assert len(way.sent) == 1
    assert ledger.summed(store, row).counts["accepted"] == 1


def _until_renewed(store: Store, clock: MovableClock) -> None:
    for _ in range(200):
        chunk = next(iter(list(store.queries("incident.delivery").open_chunks())))
        if chunk["lease_until"] > ms(clock()):
            return
        time.sleep(0.05)
    raise AssertionError("the lease of a living sender was not renewed")
