"""A correction goes to exactly those who got what it corrects, or may have."""

from __future__ import annotations

from datetime import timedelta

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery import care
from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.delivery.source import Received
from incident.store import Row, Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import EMAIL, POST, PUSH, by_reason, head
from tests.delivery.ledger import Answering

BEHIND_TWO = Rules(canary=Canary(first=2, hold=timedelta(minutes=10), then="go_on"))


def correction(store: Store, clock: MovableClock, **more: object) -> tuple[Row, list[tuple[str, int]]]:
    """Freezes a correction to whoever got the first notice or might still; it, and what it ended."""
    where, values = Received(store, "INC-2026-001").sql(("first-notice",), "x")
    with store.transaction():
        row = ledger.broadcast(store, clock(), step="correction-1", where_=where, values=values, **more)  # type: ignore[arg-type]
        return row, care.correct(store, row, "first-notice")


def test_behind_a_canary_only_its_people_hear_the_correction(store: Store, clock: MovableClock) -> None:
    """Two got the wrong words; nobody else ever gets them, nor words about them."""
    ledger.add_recipients(store, 16)
    older = ledger.broadcast(store, clock(), rules=BEHIND_TWO)
    ledger.send(store, ledger.line(Answering()), clock)
    newer, ended = correction(store, clock)
    assert ended == [("first-notice", 14)]
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert {delivery.recipient for delivery in way.sent} == {"u00000", "u00001"}
    assert by_reason(store) == {"accepted": 2, "suppressed/superseded": 14}
    assert by_reason(store, newer["no"]) == {"accepted": 2, "suppressed/not_told": 14}
    assert (head(store, older)["state"], head(store, newer)["state"]) == ("stopped", "finished")
    assert ledger.summed(store, newer).adds_up


def test_whoever_may_have_got_it_hears_the_correction(store: Store, clock: MovableClock) -> None:
    """An attempt without an answer counts; one that was put off does not."""
    ledger.add_recipients(store, 4)
    ledger.broadcast(store, clock())
    said: dict[str, list[Outcome]] = {
        "u00000": [Sent("250")],
        "u00001": [Unknown("no_reply"), Deferred("busy")],
        "u00002": [Deferred("busy")],
        "u00003": [Refused("bad_address", "550")],
    }

    def answer(delivery: Delivery) -> Outcome:
        left = said[delivery.recipient]
        return left.pop(0) if left[1:] else left[0]

    ledger.drain(store, ledger.line(Answering(answers=answer), first=timedelta(hours=1)), clock)
    newer, _ = correction(store, clock)
    told = {key[0]: row["reason"] for key, row in ledger.rows(store, newer["no"]).items()}
    assert told == {"u00000": None, "u00001": None, "u00002": "not_told"}


def test_what_is_in_a_sender_s_hands_counts_as_told(store: Store, clock: MovableClock) -> None:
    """It may be on the wire at this moment; nothing of it is sent after that."""
    ledger.add_recipients(store, 120)
    ledger.broadcast(store, clock())
    hand = store.another()
    made: list[Row] = []

    def answer(delivery: Delivery) -> Outcome:
        if not made:
            made.append(correction(hand, clock)[0])
        return Sent("250")

    way = Answering(answers=answer)
    ledger.drain(store, ledger.line(way), clock)
    hand.close()
    got = {delivery.recipient for delivery in way.sent if delivery.key.startswith(head(store, {"no": 1})["id"])}
    told = {key[0] for key, row in ledger.rows(store, made[0]["no"]).items() if row["state"] == "accepted"}
    assert got <= told
    assert len(told) <= 50


def test_another_channel_does_not_send_the_wrong_words_after_it(store: Store, clock: MovableClock) -> None:
    """The correction goes by mail; what the wrong notice had not pushed yet is not pushed."""
    ledger.add_recipients(store, 3)
    store.execute("UPDATE recipient SET push = id")
    ledger.broadcast(store, clock(), routes=[EMAIL, PUSH])
    ledger.drain(store, ledger.line(Answering()), clock)
    newer, ended = correction(store, clock)
    push = Answering(name="push", account="push")
    ledger.send(store, ledger.line(Answering(), push), clock)
    assert (ended, push.sent) == ([("first-notice", 3)], [])
    assert by_reason(store, newer["no"]) == {"accepted": 3}


def test_what_was_not_posted_is_not_corrected_in_public(store: Store, clock: MovableClock) -> None:
    """Behind the canary stood the post too."""
    ledger.add_recipients(store, 16)
    ledger.broadcast(store, clock(), rules=BEHIND_TWO, routes=[EMAIL, POST])
    ledger.send(store, ledger.line(Answering()), clock)
    newer, _ = correction(store, clock, routes=[EMAIL, POST])
    assert by_reason(store, newer["no"], "social") == {"suppressed/not_told": 1}


def test_everybody_who_got_all_of_it_is_told(store: Store, clock: MovableClock) -> None:
    """A notice that is through is left as it is."""
    ledger.add_recipients(store, 3)
    older = ledger.broadcast(store, clock())
    ledger.send(store, ledger.line(Answering()), clock)
    newer, ended = correction(store, clock)
    assert (ended, head(store, older)["state"]) == ([], "finished")
    assert by_reason(store, newer["no"]) == {"pending": 3}
