"""Progress is exact where that is cheap, follows the pulse where it is not, and costs little always."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent
from incident.delivery import outbox
from incident.delivery.progress import SHARE, Part, Progress
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering


class Seconds:
    """A clock that goes forward by `step` at each look at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_by_channel_and_language(store: Store, clock: MovableClock) -> None:
    """Accepted, refused, put off and the others, each where it belongs."""
    ledger.add_recipients(store, 5)
    store.execute("UPDATE recipient SET email = '' WHERE id = 'u00004'")
    row = ledger.broadcast(store, clock())
    words: dict[str, Outcome] = {"u00001": Refused("blocked"), "u00002": Deferred("mailbox_full")}
    ledger.send(store, ledger.line(Answering(answers=lambda one: words.get(one.recipient, Sent("250")))), clock)
    (standing,) = Progress(store).look([row])
    whole = Part(rows=5, accepted=2, refused=1, other=1, deferred=1)
    assert (standing.channels, standing.locales) == ({"email": whole}, {"en": whole})
    assert (whole.pending, whole.done) == (1, 4)


@pytest.mark.parametrize(("cost", "counts"), [(0.0, 20), (0.1, 1)], ids=["free", "dear"])
def test_exact_counts_are_as_seldom_as_they_are_dear(
    sqlite_store: Store, clock: MovableClock, cost: float, counts: int
) -> None:
    """Where a count costs a tenth of a second, none follows within two; where it costs nothing, each look is one."""
    store = sqlite_store
    ledger.add_recipients(store, 5)
    row = ledger.broadcast(store, clock())
    counted: list[str] = []
    seconds = Seconds(0.0)

    def spend(sql: str) -> None:
        if "FILTER" in sql:
            counted.append(sql)
            seconds.now += cost

    store.connection.set_trace_callback(spend)
    progress = Progress(store, seconds)
    for _ in range(20):
        progress.look([row])
        seconds.now += 0.95 * 0.1 / SHARE / 20
    assert len(counted) == counts


def test_between_counts_the_pulse_tells(sqlite_store: Store, clock: MovableClock) -> None:
    """A count is dear: what was accepted meanwhile shows all the same; the languages are as they were counted."""
    store = sqlite_store
    ledger.add_recipients(store, 50)
    row = ledger.broadcast(store, clock())
    progress = Progress(store, Seconds(0.1))
    progress.look([row])
    ledger.send(store, ledger.line(Answering()), clock)
    (standing,) = progress.look([row])
    assert standing.total.accepted == 50
    assert standing.total.pending == 0
    assert standing.locales["en"].accepted == 0
    (standing,) = progress.look([{**row, "state": "finished"}])
    assert standing.locales["en"].accepted == 50


def test_rate_and_time_left(sqlite_store: Store, clock: MovableClock) -> None:
    """Half of a hundred in five seconds: ten a second, five seconds left."""
    store = sqlite_store
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock())
    seconds = Seconds(0.0)
    progress = Progress(store, seconds)
    progress.look([row])
    seconds.now = 5.0
    ledger.drain(store, ledger.line(Answering(answers=during(50, lambda: outbox.hold(store.another(), row)))), clock)
    (standing,) = progress.look([row])
    done = standing.total.accepted
    assert standing.rate == pytest.approx(done / 5)
    assert standing.eta == pytest.approx((100 - done) / (done / 5))
    (standing,) = progress.look([{**row, "state": "held"}])
    assert standing.eta is None


def during(number: int, work: Callable[[], object]) -> Callable[[Delivery], Outcome]:
    """Everybody accepts; at delivery `number` a person does `work`."""
    count = iter(range(1, 1_000))

    def answer(delivery: Delivery) -> Outcome:
        if next(count) == number:
            work()
        return Sent("250")

    return answer
