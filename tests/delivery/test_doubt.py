"""Whoever may have got a notice never ends as not told: such a row is accepted or stays unknown, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery import care, outbox
from incident.delivery.model import Route
from incident.delivery.source import Received
from incident.review import reasons
from incident.store import Row, Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import by_reason
from tests.delivery.ledger import Answering

DOUBTFUL, PUT_OFF = "u00000", "u00001"


def in_doubt(store: Store, clock: MovableClock, **more: object) -> Row:
    """Two rows wait for their next attempt: the first may have arrived, the second has surely not."""
    ledger.add_recipients(store, 2)
    row = ledger.broadcast(store, clock(), **more)  # type: ignore[arg-type]

    def answer(delivery: Delivery) -> Outcome:
        before = ledger.rows(store)[delivery.recipient, "email"]["attempts"]
        return Unknown("no_reply") if delivery.recipient == DOUBTFUL and not before else Deferred("busy")

    ledger.drain(store, ledger.line(Answering(answers=answer), first=timedelta(hours=1)), clock)
    assert by_reason(store) == {"deferred/busy": 2}
    return row


def stop(store: Store, row: Row, clock: MovableClock) -> None:
    outbox.stop(store, row)


def stop_late(store: Store, row: Row, clock: MovableClock) -> None:
    """Somebody else settles what was left when it was stopped."""
    outbox.halt(store, row, "stopped")
    store.queries("incident.delivery").settle_unclaimed(broadcast=row["no"], state="suppressed", reason="stopped")


def stop_in_pieces(store: Store, row: Row, clock: MovableClock) -> None:
    place = {"broadcast": row["no"], "lo": 1, "hi": 2, "state": "suppressed", "reason": "stopped"}
    store.queries("incident.delivery").settle_places([place])


def supersede(store: Store, row: Row, clock: MovableClock) -> None:
    with store.transaction():
        care.supersede(store, ledger.broadcast(store, clock(), step="update-1"), clock())


def pass_over(store: Store, row: Row, clock: MovableClock) -> None:
    store.queries("incident.delivery.care").pass_over_deferred(broadcast=row["no"], channel="email")


def refuse(store: Store, row: Row, clock: MovableClock) -> None:
    clock.advance(timedelta(hours=2))
    ledger.drain(store, ledger.line(Answering(answers=lambda delivery: Refused("blocked", "550"))), clock)


def give_up(store: Store, row: Row, clock: MovableClock) -> None:
    clock.advance(timedelta(hours=2))
    ledger.drain(store, ledger.line(Answering(answers=lambda delivery: Deferred("busy")), attempts=2), clock)


ENDS: list[tuple[Callable[[Store, Row, MovableClock], None], str, str]] = [
    (stop, "suppressed", "stopped"),
    (stop_late, "suppressed", "stopped"),
    (stop_in_pieces, "suppressed", "stopped"),
    (supersede, "suppressed", "superseded"),
    (pass_over, "refused", "channel_down"),
    (refuse, "refused", "blocked"),
    (give_up, "refused", "gave_up"),
]


@pytest.mark.parametrize(("end", "state", "reason"), ENDS, ids=[end.__name__ for end, _, _ in ENDS])
def test_it_stays_unknown_and_says_why_it_was_not_tried_again(
    store: Store, clock: MovableClock, end: Callable[[Store, Row, MovableClock], None], state: str, reason: str
) -> None:
    """However it ends; who has surely not got it beside it is what it was always called. The sum adds up."""
    row = in_doubt(store, clock)
    end(store, row, clock)
    assert ledger.states(store) == {DOUBTFUL: ("unknown", reason), PUT_OFF: (state, reason)}
    assert ledger.summed(store, row).adds_up
    received = Received(store, "INC-2026-001")
    assert [received.matches(("first-notice",), person) for person in (DOUBTFUL, PUT_OFF)] == [True, False]


def test_what_expires_stays_unknown(store: Store, clock: MovableClock) -> None:
    """Its words are too old to be sent once more; they may have arrived when they were true."""
    row = in_doubt(store, clock, expires_at=clock() + timedelta(minutes=30))
    clock.advance(timedelta(minutes=31))
    ledger.drain(store, ledger.line(Answering()), clock)
    assert ledger.states(store) == {DOUBTFUL: ("unknown", "expired"), PUT_OFF: ("expired", "expired")}
    assert ledger.state(store, row) == "finished"


def test_what_a_dead_sender_held_of_a_stopped_broadcast_stays_unknown(store: Store, clock: MovableClock) -> None:
    """Killed with a chunk in hand, then stopped: whoever takes over tells nobody that it was not sent."""
    ledger.add_recipients(store, 60)
    row = ledger.broadcast(store, clock())
    ledger.die_sending(store, ledger.line(Answering(dies_at=5)), clock)
    outbox.stop(store, row)
    ledger.drain(store, ledger.line(Answering()), clock)
    counts = ledger.summed(store, row).counts
    assert (counts["accepted"] + counts["unknown"], counts["suppressed"]) == (50, 10)


def test_what_was_accepted_in_the_end_is_accepted(store: Store, clock: MovableClock) -> None:
    """The doubt of an earlier attempt is on record, and no more than that."""
    row = in_doubt(store, clock)
    clock.advance(timedelta(hours=2))
    ledger.drain(store, ledger.line(Answering()), clock)
    assert by_reason(store) == {"accepted": 2}
    assert store.queries("incident.delivery").once_unknown(broadcast=row["no"])["rows_"] == 1


def test_the_refusal_after_it_stays_on_record(store: Store, clock: MovableClock) -> None:
    """Unknown as a whole; what the server said last can be read."""
    refuse(store, in_doubt(store, clock), clock)
    assert ledger.rows(store)[DOUBTFUL, "email"]["code"] == "550"


def test_a_page_that_was_refused_has_woken_nobody(store: Store, clock: MovableClock) -> None:
    """Whoever is called next does not wait for one that may have heard the first call."""
    row = in_doubt(store, clock)
    store.execute("UPDATE broadcast SET lane = 0")
    refuse(store, row, clock)
    assert by_reason(store) == {"refused/blocked": 2}


def test_what_was_dropped_waits_for_nobody(store: Store, clock: MovableClock) -> None:
    """Neither a retry nor another drop finds it."""
    ledger.add_recipients(store, 2)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Unknown("timeout"), on_unknown="hold")
    ledger.drain(store, ledger.line(way), clock)
    assert outbox.drop(store, row) == 2
    assert by_reason(store) == {"unknown/dropped": 2}
    assert (outbox.drop(store, row), outbox.retry(store, row, clock())) == (0, 0)


def test_a_retry_after_giving_up_may_still_bring_it(store: Store, clock: MovableClock) -> None:
    """A person decides; the attempt that was given up stands as refused."""
    row = in_doubt(store, clock)
    give_up(store, row, clock)
    assert outbox.retry(store, row, clock()) == 2
    clock.advance(timedelta(hours=2))  # the account rests after so many failures
    ledger.drain(store, ledger.line(Answering()), clock)
    assert by_reason(store) == {"accepted": 2}
    assert "gave_up" in {one["reason"] for one in ledger.attempts(store) if one["state"] == "refused"}


def test_a_row_on_the_wire_ends_as_it_ends(store: Store, clock: MovableClock) -> None:
    """Stopped while it is tried again, among others that are unsent: the answer counts."""
    in_doubt(store, clock)
    clock.advance(timedelta(hours=2))
    hand = store.another()

    def answer(delivery: Delivery) -> Outcome:
        place = {"broadcast": 1, "lo": 1, "hi": 2, "state": "suppressed", "reason": "stopped"}
        hand.queries("incident.delivery").settle_places([place])
        return Sent("250")

    ledger.drain(store, ledger.line(Answering(answers=answer)), clock)
    hand.close()
    assert by_reason(store) == {"accepted": 2}


@pytest.mark.parametrize("end", [give_up, refuse, pass_over], ids=["gave_up", "refused", "channel_down"])
def test_the_next_channel_is_still_used(
    store: Store, clock: MovableClock, end: Callable[[Store, Row, MovableClock], None]
) -> None:
    """Whom a channel has not surely reached and will not try again is told by the one behind it."""
    routes = [
        Route(channel="email", reach="each", column="email"),
        Route(channel="push", reach="each", column="push", after="email"),
    ]
    row = in_doubt(store, clock, routes=routes)
    store.execute("UPDATE delivery SET address = recipient WHERE channel = 'push'")
    end(store, row, clock)
    clock.advance(timedelta(minutes=1))
    push = Answering(name="push", account="push")
    ledger.send(store, ledger.line(push, Answering()), clock)
    assert {delivery.recipient for delivery in push.sent} == {DOUBTFUL, PUT_OFF}


@pytest.mark.parametrize("reason", ["stopped", "superseded", "expired", "gave_up", "blocked", "channel_down"])
def test_the_sentence_says_that_it_may_have_arrived(reason: str) -> None:
    """Not that it never left."""
    assert "may have arrived" in reasons.why("unknown", reason)[1]
    assert "may have arrived" not in reasons.why("suppressed", reason)[1]
