"""A canary in the ledger: the first people, a wait, then the others; by itself or by a word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident.channel.port import Delivery, Outcome, Refused, Sent
from incident.delivery import care, outbox
from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.pause import PauseIf
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import EMAIL, POST, PUSH, by_reason, head, told
from tests.delivery.ledger import Answering

CANARY = Canary(first=10, hold=timedelta(minutes=5))


def people_of(way: Answering) -> set[str]:
    return {delivery.recipient for delivery in way.sent}


def test_the_first_people_then_everybody(store: Store, clock: MovableClock) -> None:
    """Ten at once on both channels, the same ten; five minutes later all the others, and the post with them."""
    ledger.add_recipients(store, 100)
    store.execute("UPDATE recipient SET push = id")
    row = ledger.broadcast(store, clock(), routes=[EMAIL, PUSH, POST], rules=Rules(canary=CANARY))
    mail, push = Answering(), Answering(name="push")
    post = Answering(name="social", reach="once")
    line = ledger.line(mail, push, post)
    ledger.send(store, line, clock)
    assert people_of(mail) == people_of(push) == {f"u{number:05d}" for number in range(10)}
    assert not post.sent
    assert head(store, row)["state"] == "sending"
    assert care.next_due(store, clock()) == clock() + CANARY.hold
    clock.advance("4m")
    ledger.send(store, line, clock)
    assert len(mail.sent) == 10
    clock.advance("1m")
    ledger.send(store, line, clock)
    assert (len(mail.sent), len(push.sent), len(post.sent)) == (100, 100, 1)
    assert head(store, row)["state"] == "finished"
    assert told(store) == [("broadcast.canary", None), ("broadcast.went_on", "canary")]


def test_it_asks_and_a_word_lets_everybody_go(store: Store, clock: MovableClock) -> None:
    """Held with its figures after the wait; released, the others follow."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), rules=Rules(canary=Canary(first=10, hold=CANARY.hold, then="ask")))
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    clock.advance("5m")
    ledger.send(store, ledger.line(way), clock)
    held = head(store, row)
    assert (held["state"], held["reason"]) == ("held", "canary")
    assert "10 accepted" in held["why"]
    outbox.release(store, row, lambda people, preview: None, clock())
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 100


def test_a_word_during_the_wait_lets_everybody_go(store: Store, clock: MovableClock) -> None:
    """Nobody need wait for a hold that a person has seen enough of."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), rules=Rules(canary=CANARY))
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    outbox.release(store, row, lambda people, preview: None, clock())
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 100


def test_a_bad_slice_is_held(store: Store, clock: MovableClock) -> None:
    """Two dead addresses of ten are too many, although the rule waits for a hundred outcomes."""
    ledger.add_recipients(store, 100)
    rules = Rules(canary=CANARY, pause_if=PauseIf(hard_bounce=0.02))
    row = ledger.broadcast(store, clock(), rules=rules)

    def answer(delivery: Delivery) -> Outcome:
        return Refused("bad_address", "550") if delivery.recipient in ("u00003", "u00007") else Sent("250")

    way = Answering(answers=answer)
    ledger.send(store, ledger.line(way), clock)
    clock.advance("5m")
    ledger.send(store, ledger.line(way), clock)
    assert (head(store, row)["state"], head(store, row)["reason"]) == ("held", "hard_bounce")
    assert len(way.sent) == 10


def test_a_slice_of_nobody_teaches_nothing(store: Store, clock: MovableClock) -> None:
    """The first ten have no address: the next ones go (a whole chunk of them), and the wait begins after them."""
    ledger.add_recipients(store, 120)
    store.execute("UPDATE recipient SET email = '' WHERE id < 'u00010'")
    ledger.broadcast(store, clock(), rules=Rules(canary=CANARY))
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert people_of(way) == {f"u{number:05d}" for number in range(10, 60)}


def test_nobody_at_all_ends(store: Store, clock: MovableClock) -> None:
    """Nobody has an address: slice after slice is settled, and the broadcast finishes."""
    ledger.add_recipients(store, 40)
    store.execute("UPDATE recipient SET email = ''")
    row = ledger.broadcast(store, clock(), routes=[EMAIL, POST], rules=Rules(canary=CANARY))
    ledger.send(store, ledger.line(Answering(), Answering(name="social", reach="once")), clock)
    assert by_reason(store) == {"suppressed/no_address": 40}
    assert by_reason(store, channel="social") == {"accepted": 1}
    assert head(store, row)["state"] == "finished"


def test_what_a_person_held_goes_on_as_a_canary(store: Store, clock: MovableClock) -> None:
    """Held before its people were tried, released: it is still only the slice that goes."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), rules=Rules(canary=CANARY))
    outbox.hold(store, row)
    outbox.release(store, row, lambda people, preview: None, clock())
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 10


def test_a_stop_during_the_wait_ends_all(store: Store, clock: MovableClock) -> None:
    """Those behind the canary are stopped with it; the number is told."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), rules=Rules(canary=CANARY))
    ledger.send(store, ledger.line(Answering()), clock)
    assert outbox.stop(store, row) == 90
    assert by_reason(store) == {"accepted": 10, "suppressed/stopped": 90}


@pytest.mark.parametrize("first", [100, 1_000])
def test_a_canary_of_everybody_is_none(store: Store, clock: MovableClock, first: int) -> None:
    """All rows are in the slice; nothing waits."""
    ledger.add_recipients(store, 100)
    row = ledger.broadcast(store, clock(), rules=Rules(canary=Canary(first=first, hold=CANARY.hold)))
    ledger.send(store, ledger.line(Answering()), clock)
    assert head(store, row)["state"] == "finished"
