"""A stop ends a broadcast at once, in every process, and settles what was not sent in pieces."""

from __future__ import annotations

from incident.channel.port import Deferred, Delivery, Outcome, Sent
from incident.delivery import care, outbox
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import by_reason, head
from tests.delivery.ledger import Answering


def test_it_tells_how_many_were_not_sent(store: Store, clock: MovableClock) -> None:
    """Those that were put off are among them; those that were sent are not."""
    ledger.add_recipients(store, 120)
    row = ledger.broadcast(store, clock())

    def answer(delivery: Delivery) -> Outcome:
        return Deferred("busy") if delivery.recipient == "u00003" else Sent("250")

    way = Answering(answers=answer)
    ledger.send(store, ledger.line(way), clock)
    assert outbox.stop(store, row) == 1
    assert by_reason(store) == {"accepted": 119, "suppressed/stopped": 1}


def test_whoever_is_interrupted_in_a_stop_leaves_it_to_the_next(store: Store, clock: MovableClock) -> None:
    """The broadcast is stopped at once; another process settles the rows."""
    ledger.add_recipients(store, 120)
    row = ledger.broadcast(store, clock())
    assert outbox.halt(store, row, "false_alarm") == 120
    way = Answering()
    ledger.drain(store, ledger.line(way), clock)
    assert not way.sent
    assert by_reason(store) == {"pending": 120}
    care.look_after(store, clock())
    assert by_reason(store) == {"suppressed/false_alarm": 120}
    assert head(store, row)["state"] == "stopped"


def test_many_rows_are_settled_piece_by_piece(store: Store, clock: MovableClock) -> None:
    """More chunks than one transaction takes."""
    ledger.add_recipients(store, 500)
    row = ledger.broadcast(store, clock())
    store.execute("DELETE FROM chunk")
    store.queries("incident.delivery").insert_chunks(
        broadcast=row["no"], channel="email", state="todo", first=1, last=500, size=1
    )
    assert outbox.stop(store, row) == 500
    assert by_reason(store) == {"suppressed/stopped": 500}
    assert store.execute("SELECT count(*) AS n FROM chunk").fetchone()["n"] == 0
