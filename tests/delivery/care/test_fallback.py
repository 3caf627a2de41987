"""Chains of channels: the next one for exactly those whom the one before did not reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery import outbox
from incident.delivery.model import Route
from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.now import parse_duration
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import EMAIL, PUSH, by_reason, head
from tests.delivery.ledger import Answering

MAIL_AFTER_PUSH = Route(channel="email", reach="each", column="email", after="push")
SMS_AFTER_MAIL = Route(channel="sms", reach="each", column="phone", after="email")
CHAIN = (PUSH, MAIL_AFTER_PUSH)


def audience(store: Store, count: int) -> None:
    ledger.add_recipients(store, count)
    store.execute("UPDATE recipient SET push = id, phone = id")


def mostly(outcome: Outcome, *refused: str) -> Callable[[Delivery], Outcome]:
    """Everybody accepts, but these."""
    return lambda delivery: outcome if delivery.recipient in refused else Sent("ok")


@pytest.mark.parametrize(
    ("outcome", "mail"),
    [
        (Refused("bad_address", "410"), "accepted"),
        (Unknown("timeout"), "suppressed/reached_before"),
        (Sent("ok"), "suppressed/reached_before"),
    ],
    ids=["refused", "unknown", "accepted"],
)
def test_what_became_of_the_row_before_decides(store: Store, clock: MovableClock, outcome: Outcome, mail: str) -> None:
    """Refused falls back; unknown counts as reached, because a person may look."""
    audience(store, 60)
    row = ledger.broadcast(store, clock(), routes=CHAIN)
    ways = Answering(name="push", answers=mostly(outcome, "u00007"), on_unknown="hold"), Answering()
    ledger.send(store, ledger.line(*ways), clock)
    found = ledger.rows(store)[("u00007", "email")]
    assert "/".join(filter(None, (found["state"], found["reason"]))) == mail
    assert len(ways[1].sent) == (mail == "accepted")
    assert ledger.summed(store, row).adds_up
    assert head(store, row)["state"] == "finished"


@pytest.mark.parametrize(
    "change", ["push = ''", "opt_out = ';push;'", "channels = ';email;'"], ids=["no address", "opted out", "not chosen"]
)
def test_who_is_kept_from_one_channel_is_told_by_the_next(store: Store, clock: MovableClock, change: str) -> None:
    """No address, opted out of that channel, another one chosen."""
    audience(store, 60)
    store.execute(f"UPDATE recipient SET {change} WHERE id = 'u00007'")
    ledger.broadcast(store, clock(), routes=CHAIN)
    push, mail = Answering(name="push"), Answering()
    ledger.send(store, ledger.line(push, mail), clock)
    assert [delivery.recipient for delivery in mail.sent] == ["u00007"]
    assert by_reason(store) == {"accepted": 1, "suppressed/reached_before": 59}


def test_who_wants_nothing_gets_nothing(store: Store, clock: MovableClock) -> None:
    """Opted out of all: no channel of the chain writes to this person."""
    audience(store, 3)
    store.execute("UPDATE recipient SET opt_out = ';all;' WHERE id = 'u00001'")
    ledger.broadcast(store, clock(), routes=CHAIN)
    push, mail = Answering(name="push"), Answering()
    ledger.send(store, ledger.line(push, mail), clock)
    assert not mail.sent
    assert ledger.rows(store)[("u00001", "email")]["reason"] == "opt_out"


def test_three_in_a_chain(store: Store, clock: MovableClock) -> None:
    """Push refuses two, mail refuses one of them, the last one gets an SMS; nobody is told twice."""
    audience(store, 120)
    row = ledger.broadcast(store, clock(), routes=[*CHAIN, SMS_AFTER_MAIL])
    push = Answering(name="push", answers=mostly(Refused("rejected"), "u00003", "u00099"))
    mail = Answering(answers=mostly(Refused("rejected"), "u00099"))
    sms = Answering(name="sms", address="phone")
    ledger.send(store, ledger.line(push, mail, sms), clock)
    assert [delivery.recipient for delivery in sms.sent] == ["u00099"]
    assert {delivery.recipient for delivery in mail.sent} == {"u00003", "u00099"}
    assert ledger.summed(store, row).counts["accepted"] == 120
    assert by_reason(store, channel="sms") == {"accepted": 1, "suppressed/reached_before": 119}


def test_a_row_that_is_tried_again_keeps_only_its_own_next_one(store: Store, clock: MovableClock) -> None:
    """Of fifty in a chunk one is put off: the others go on at once, this one when its tries are over."""
    audience(store, 50)
    row = ledger.broadcast(store, clock(), routes=CHAIN)
    words = {"u00003": Deferred("busy", "503"), "u00004": Refused("rejected")}
    push = Answering(name="push", answers=lambda delivery: words.get(delivery.recipient, Sent("ok")))
    mail = Answering()
    line = ledger.line(push, mail, attempts=2)
    ledger.send(store, line, clock)
    assert [delivery.recipient for delivery in mail.sent] == ["u00004"]
    assert by_reason(store)["standby"] == 1
    assert head(store, row)["state"] == "sending"
    for _ in range(3):
        clock.advance("10m")
        ledger.send(store, line, clock)
    assert [delivery.recipient for delivery in mail.sent] == ["u00004", "u00003"]
    assert ledger.rows(store)[("u00003", "push")]["reason"] == "gave_up"
    assert head(store, row)["state"] == "finished"


def test_why_it_came_to_this_channel_is_on_record(store: Store, clock: MovableClock) -> None:
    """Attempt 0 of the later row tells what became of the one before."""
    audience(store, 2)
    ledger.broadcast(store, clock(), routes=CHAIN)
    push = Answering(name="push", answers=mostly(Refused("bad_address", "410"), "u00001"))
    ledger.send(store, ledger.line(push, Answering()), clock)
    (first,) = ledger.attempts(store)
    assert (first["attempt"], first["reason"], first["code"]) == (0, "fallback", "410")
    assert first["words"] == "push: refused, bad_address"


def test_a_shared_mailbox_gets_one_mail_from_whoever_needs_it(store: Store, clock: MovableClock) -> None:
    """Three share an address: the first was reached by push, so the second one's mail goes there, and the third one's
    does not follow it."""
    audience(store, 5)
    store.execute("UPDATE recipient SET email = 'Home@example.net' WHERE id IN ('u00001', 'u00002')")
    store.execute("UPDATE recipient SET email = 'home@example.net' WHERE id = 'u00003'")
    ledger.broadcast(store, clock(), routes=CHAIN)
    push = Answering(name="push", answers=mostly(Refused("rejected"), "u00002", "u00003"))
    mail = Answering()
    ledger.send(store, ledger.line(push, mail), clock)
    assert [delivery.recipient for delivery in mail.sent] == ["u00002"]
    assert ledger.states(store)["u00003"] == ("deduplicated", "same_address")


def test_a_stop_ends_the_chain(store: Store, clock: MovableClock) -> None:
    """What stood by is stopped, and so is the row that waited for a retry."""
    audience(store, 60)
    row = ledger.broadcast(store, clock(), routes=CHAIN)
    push = Answering(name="push", answers=mostly(Deferred("busy"), "u00003"))
    ledger.send(store, ledger.line(push, Answering()), clock)
    assert outbox.stop(store, row) == 2
    total = ledger.summed(store, row)
    assert total.adds_up
    assert total.counts["pending"] == 0
    assert by_reason(store) == {"suppressed/reached_before": 59, "suppressed/stopped": 1}


def test_a_chain_behind_a_canary(store: Store, clock: MovableClock) -> None:
    """The first people have their whole chain before the others have any of it."""
    audience(store, 100)
    hold = parse_duration("5m")
    row = ledger.broadcast(store, clock(), routes=CHAIN, rules=Rules(canary=Canary(first=10, hold=hold)))
    push = Answering(name="push", answers=mostly(Refused("rejected"), "u00003", "u00050"))
    mail = Answering()
    ledger.send(store, ledger.line(push, mail), clock)
    assert (len(push.sent), [delivery.recipient for delivery in mail.sent]) == (10, ["u00003"])
    clock.advance(hold)
    ledger.send(store, ledger.line(push, mail), clock)
    assert (len(push.sent), [delivery.recipient for delivery in mail.sent]) == (100, ["u00003", "u00050"])
    assert head(store, row)["state"] == "finished"


def test_another_channel_beside_a_chain_goes_at_once(store: Store, clock: MovableClock) -> None:
    """[[push, sms], email]: mail waits for nobody."""
    audience(store, 10)
    sms = Route(channel="sms", reach="each", column="phone", after="push")
    ledger.broadcast(store, clock(), routes=[PUSH, sms, EMAIL])
    ways = Answering(name="push"), Answering(name="sms", address="phone"), Answering()
    ledger.send(store, ledger.line(*ways), clock)
    assert [len(way.sent) for way in ways] == [10, 0, 10]


def test_a_channel_that_is_down_leaves_its_people_to_the_next(store: Store, clock: MovableClock) -> None:
    """Two minutes after its relay was found dead; those behind it lost no try, and are told by mail."""
    audience(store, 60)
    row = ledger.broadcast(store, clock(), routes=CHAIN)
    ways = Answering(name="push", account="push", answers=lambda delivery: Deferred("unreachable")), Answering()
    line = ledger.line(*ways)
    ledger.send(store, line, clock)
    assert not ways[1].sent
    clock.advance(parse_duration("2m1s"))
    ledger.send(store, line, clock)
    ledger.send(store, line, clock)
    assert len(ways[1].sent) == 60
    assert len(ways[0].sent) <= 2
    assert by_reason(store, channel="push")["refused/channel_down"] == 60
    assert ledger.summed(store, row).adds_up
    assert head(store, row)["state"] == "finished"
