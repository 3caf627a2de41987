"""A newer notice takes the place of what is still unsent of the older one."""

from __future__ import annotations

from incident.channel.port import Deferred, Delivery, Outcome, Sent
from incident.delivery import care, outbox
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import EMAIL, by_reason, head
from tests.delivery.ledger import Answering


def newer(store: Store, clock: MovableClock, where: str = "1 = 1") -> list[tuple[str, int]]:
    """Freezes an update and lets it take the place of what is older; (step, rows) of each."""
    with store.transaction():
        row = ledger.broadcast(store, clock(), step="update-1", where_=where)
        return care.supersede(store, row, clock())


def test_what_is_unsent_is_not_sent_any_more(store: Store, clock: MovableClock) -> None:
    """Nobody of the older one had been told: all of them get the newer one only."""
    ledger.add_recipients(store, 60)
    older = ledger.broadcast(store, clock())
    assert newer(store, clock) == [("first-notice", 60)]
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 60
    assert by_reason(store) == {"suppressed/superseded": 60}
    assert ledger.summed(store, older).adds_up
    assert head(store, older)["state"] == "finished"


def test_whoever_hears_nothing_newer_hears_the_older(store: Store, clock: MovableClock) -> None:
    """The newer one goes to some: the others get what was said before."""
    ledger.add_recipients(store, 60)
    ledger.broadcast(store, clock())
    assert newer(store, clock, "r.id < 'u00020'") == [("first-notice", 20)]
    ledger.send(store, ledger.line(Answering()), clock)
    assert by_reason(store) == {"suppressed/superseded": 20, "accepted": 40}


def test_what_comes_back_unsent_follows(store: Store, clock: MovableClock) -> None:
    """A mail was in a sender's hands while the newer notice was released, and was put off: it is not tried again."""
    ledger.add_recipients(store, 3)
    older = ledger.broadcast(store, clock())
    hand = store.another()
    said: list[list[tuple[str, int]]] = []

    def answer(delivery: Delivery) -> Outcome:
        if not said:
            said.append(newer(hand, clock))
        return Deferred("busy") if delivery.key.startswith(older["id"]) else Sent("250")

    way = Answering(answers=answer)
    ledger.send(store, ledger.line(way), clock)
    hand.close()
    assert said == [[]]
    assert by_reason(store) == {"suppressed/superseded": 3}
    assert ledger.summed(store, older).adds_up


def test_what_was_in_a_dead_sender_s_hands_is_not_sent_by_the_next(store: Store, clock: MovableClock) -> None:
    """A chunk was out when the newer notice came, and went back unsent: nobody gets the older words any more."""
    ledger.add_recipients(store, 60)
    older = ledger.broadcast(store, clock())
    hand = store.another()

    def answer(delivery: Delivery) -> Outcome:
        if not ways[0].sent[1:]:
            newer(hand, clock)
            outbox.hold(hand, older)
        return Sent("250")

    ways = [Answering(answers=answer)]
    ledger.drain(store, ledger.line(*ways), clock)
    hand.close()
    early = sum(delivery.key.startswith(older["id"]) for delivery in ways[0].sent)
    assert early < 60
    outbox.release(store, older, lambda people, preview: None, clock())
    ledger.send(store, ledger.line(Answering()), clock)
    assert by_reason(store) == {"accepted": early, "suppressed/superseded": 60 - early}


def test_what_was_held_and_has_nothing_left_is_finished(store: Store, clock: MovableClock) -> None:
    """Nobody is asked to release a broadcast of nothing."""
    ledger.add_recipients(store, 3)
    older = ledger.broadcast(store, clock())
    outbox.hold(store, older)
    newer(store, clock)
    assert head(store, older)["state"] == "finished"


def test_another_channel_is_another_word(store: Store, clock: MovableClock) -> None:
    """A newer mail takes no push away."""
    ledger.add_recipients(store, 3)
    store.execute("UPDATE recipient SET push = id")
    ledger.broadcast(store, clock(), routes=[EMAIL.__class__(channel="push", reach="each", column="push")])
    assert newer(store, clock) == []
