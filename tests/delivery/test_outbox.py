"""A person's hand on what is being sent, at the worst moment; and who is told what when addresses are shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from incident.channel.port import Deferred, Delivery, Outcome, Sent, Unknown
from incident.delivery import outbox
from incident.delivery.model import Route
from incident.errors import WrongState
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering


def during(work: Callable[[], object], outcome: Outcome) -> Callable[[Delivery], Outcome]:
    """Answers with `outcome`; at the first delivery a person does `work`."""
    once = threading.Event()

    def answer(delivery: Delivery) -> Outcome:
        if not once.is_set():
            once.set()
            work()
        return outcome

    return answer


@pytest.mark.parametrize("outcome", [Deferred("busy"), Unknown("no_reply")], ids=["deferred", "unknown"])
def test_what_was_put_off_when_it_was_stopped_is_stopped_too(
    store: Store, clock: MovableClock, outcome: Outcome
) -> None:
    """A delivery in a sender's hands that comes back unsent waits for nothing in a broadcast that is over."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    hand = store.another()
    way = Answering(answers=during(lambda: outbox.stop(hand, row, "false_alarm"), outcome))
    ledger.drain(store, ledger.line(way), clock)
    hand.close()
    total = ledger.summed(store, row)
    assert total.counts["pending"] == 0
    assert total.reasons["false_alarm"] == 3


def test_a_stopped_broadcast_is_not_tried_again(store: Store, clock: MovableClock) -> None:
    """What a dead sender left unknown in it can be dropped; a retry would wait for ever."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    ledger.die_sending(store, ledger.line(Answering(dies_at=1, on_unknown="hold")), clock)
    outbox.stop(store, row)
    ledger.drain(store, ledger.line(Answering(on_unknown="hold")), clock)
    assert ledger.summed(store, row).counts["unknown"] > 0
    with pytest.raises(WrongState, match="stopped"):
        outbox.retry(store, row, clock())
    assert outbox.drop(store, row) > 0
    assert ledger.summed(store, row).counts["pending"] == 0


@pytest.mark.parametrize("hand", ["retry", "drop"])
def test_that_it_was_unknown_stays_on_record(store: Store, clock: MovableClock, hand: str) -> None:
    """Sent again or left alone: an auditor still sees which deliveries may have come twice."""
    ledger.add_recipients(store, 2)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Unknown("timeout"), on_unknown="hold")
    ledger.drain(store, ledger.line(way), clock)
    if hand == "retry":
        assert outbox.retry(store, row, clock()) == 2
        way.answers = lambda delivery: Sent("250")
        ledger.drain(store, ledger.line(way), clock)
        assert ledger.summed(store, row).counts["accepted"] == 2
    else:
        assert outbox.drop(store, row) == 2
    assert [attempt["state"] for attempt in ledger.attempts(store)] == ["unknown", "unknown"]


def test_a_retry_goes_on_where_it_was_given_up(store: Store, clock: MovableClock) -> None:
    """After too many tries a person may say: again; every try stands on record."""
    ledger.add_recipients(store, 1)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("busy", "451"))
    line = ledger.line(way, attempts=2)
    for _ in range(3):
        ledger.drain(store, line, clock)
        clock.advance("1h")
    assert ledger.states(store) == {"u00000": ("refused", "gave_up")}
    assert ledger.state(store, row) == "finished"
    outbox.retry(store, row, clock())
    way.answers = lambda delivery: Sent("250")
    ledger.drain(store, line, clock)
    assert ledger.states(store) == {"u00000": ("accepted", None)}
    assert [attempt["attempt"] for attempt in ledger.attempts(store)] == [1, 2]
    assert len({delivery.key for delivery in way.sent}) == 1


def test_what_is_held_waits_and_goes_on(store: Store, clock: MovableClock) -> None:
    """Held in the middle: nothing further leaves; released: everybody gets it once."""
    ledger.add_recipients(store, 120)
    row = ledger.broadcast(store, clock())
    hand = store.another()
    way = Answering(answers=during(lambda: outbox.hold(hand, row), Sent("250")))
    ledger.drain(store, ledger.line(way), clock)
    first = len(way.sent)
    assert 1 <= first <= 50
    assert ledger.summed(store, row).counts["pending"] == 120 - first
    outbox.release(store, row, lambda people, preview: None, clock())
    ledger.drain(store, ledger.line(way), clock)
    assert len(way.sent) == 120
    assert len({delivery.recipient for delivery in way.sent}) == 120
    hand.close()


def test_a_release_whose_count_is_refused_stays_held(store: Store, clock: MovableClock) -> None:
    """The count is asked inside the transaction."""
    ledger.add_recipients(store, 2)
    row = ledger.broadcast(store, clock())
    outbox.hold(store, row)

    def refuse(people: int, preview: object) -> None:
        raise WrongState(f"not {people}")

    with pytest.raises(WrongState, match="not 2"):
        outbox.release(store, row, refuse, clock())
    assert ledger.state(store, row) == "held"


def test_it_expires_while_it_is_held(store: Store, clock: MovableClock) -> None:
    """Released too late, nothing of it leaves."""
    ledger.add_recipients(store, 2)
    row = ledger.broadcast(store, clock(), expires_at=clock() + timedelta(minutes=5))
    outbox.hold(store, row)
    clock.advance("6m")
    outbox.release(store, row, lambda people, preview: None, clock())
    way = Answering()
    ledger.drain(store, ledger.line(way), clock)
    assert way.sent == []
    assert set(ledger.states(store).values()) == {("expired", "expired")}


def test_each_reason_is_told(store: Store, clock: MovableClock) -> None:
    """Everybody is in the ledger, also those who are not written to."""
    ledger.add_recipient(store, "a-fine", email="a@x.net")
    ledger.add_recipient(store, "b-same", email="A@X.net")
    ledger.add_recipient(store, "c-none", email="")
    ledger.add_recipient(store, "d-out", email="d@x.net", opt_out=";all;")
    ledger.add_recipient(store, "e-push", email="e@x.net", channels=";push;")
    ledger.add_recipient(store, "f-bounced", email="F@x.net")
    ledger.suppress(store, "f@x.net")
    ledger.broadcast(store, clock())
    ledger.drain(store, ledger.line(Answering()), clock)
    assert ledger.states(store) == {
        "a-fine": ("accepted", None),
        "b-same": ("deduplicated", "same_address"),
        "c-none": ("suppressed", "no_address"),
        "d-out": ("suppressed", "opt_out"),
        "e-push": ("suppressed", "not_chosen"),
        "f-bounced": ("suppressed", "suppression_list"),
    }


@pytest.mark.parametrize("first", [{"opt_out": ";all;"}, {"opt_out": ";email;"}, {"channels": ";push;"}])
def test_who_shares_an_address_with_one_who_wants_none_is_told(
    store: Store, clock: MovableClock, first: dict[str, str]
) -> None:
    """A duplicate is one whose address gets the message anyway: else nobody at that address would be told."""
    ledger.add_recipient(store, "a", email="family@x.net", **first)
    ledger.add_recipient(store, "b", email="Family@x.net")
    way = Answering()
    ledger.broadcast(store, clock())
    ledger.drain(store, ledger.line(way), clock)
    assert ledger.states(store)["b"] == ("accepted", None)
    assert len(way.sent) == 1


def test_a_notice_by_law_says_whom_it_overrode(store: Store, clock: MovableClock) -> None:
    """Accepted, with the reason on the row."""
    ledger.add_recipient(store, "a", opt_out=";all;")
    ledger.broadcast(store, clock(), critical=True)
    ledger.drain(store, ledger.line(Answering()), clock)
    assert ledger.states(store) == {"a": ("accepted", "opt_out_overridden")}


def test_two_freeze_at_one_moment(postgresql_store: Store, clock: MovableClock) -> None:
    """Two processes number their broadcasts one after the other; neither fails."""
    ledger.add_recipients(postgresql_store, 200)
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def one(number: int) -> None:
        mine = postgresql_store.another()
        start.wait()
        try:
            for turn in range(8):
                ledger.broadcast(mine, clock(), step=f"notice-{number}-{turn}")
        except Exception as error:
            failures.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ledger.state(postgresql_store, {"no": 32}) == "sending"


def test_a_stop_between_two_claims_loses_nothing(postgresql_store: Store, clock: MovableClock) -> None:
    """Senders claim while a person stops, many times over: no row waits in a broadcast that is over, none was sent
    that the ledger calls stopped."""
    ledger.add_recipients(postgresql_store, 150)
    route = Route(channel="email", reach="each", column="email")
    for turn in range(12):
        row = ledger.broadcast(postgresql_store, clock(), step=f"n{turn}", routes=[route])
        ways = [Answering() for _ in range(3)]
        stores = [postgresql_store.another() for _ in range(4)]
        threads = [
            threading.Thread(target=ledger.drain, args=(mine, ledger.line(way), clock))
            for mine, way in zip(stores, ways, strict=False)
        ]
        for thread in threads:
            thread.start()
        stop_now(stores[3], row)
        for thread in threads:
            thread.join()
        for mine in stores:
            mine.close()
        total = ledger.summed(postgresql_store, row)
        assert total.counts["pending"] == 0
        assert total.counts["accepted"] == sum(len(way.sent) for way in ways)


def stop_now(store: Store, row: dict[str, object]) -> None:
    try:
        outbox.stop(store, row)
    except WrongState:  # everything was sent already
        return
