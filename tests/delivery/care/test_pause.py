"""A broadcast that goes wrong is held by the sender that sees it; whoever releases it has seen the figures."""

from __future__ import annotations

from incident.channel.port import Refused, Sent
from incident.delivery import outbox
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.pause import PauseIf
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import head, told
from tests.delivery.ledger import Answering

RULES = Rules(pause_if=PauseIf(error=0.05, after=20))


def test_it_stops_soon_after_the_limit(store: Store, clock: MovableClock) -> None:
    """A relay that refuses everybody is not asked a thousand times."""
    ledger.add_recipients(store, 1_000)
    row = ledger.broadcast(store, clock(), rules=RULES)
    way = Answering(answers=lambda delivery: Refused("blocked", "554"))
    ledger.send(store, ledger.line(way), clock)
    assert 20 <= len(way.sent) < 1_000
    held = head(store, row)
    assert (held["state"], held["reason"]) == ("held", "error")
    assert "refused" in str(ledger.rows(store)[("u00000", "email")]["state"])
    assert told(store) == [("broadcast.held", "error")]


def test_a_release_counts_anew(store: Store, clock: MovableClock) -> None:
    """The relay was repaired: what had been refused before stops nothing a second time."""
    ledger.add_recipients(store, 1_000)
    row = ledger.broadcast(store, clock(), rules=RULES)
    way = Answering(answers=lambda delivery: Refused("blocked", "554"))
    ledger.send(store, ledger.line(way), clock)
    outbox.release(store, row, lambda people, preview: None, clock())
    assert head(store, row)["why"] == ""
    way.answers = lambda delivery: Sent("250")
    ledger.send(store, ledger.line(way), clock)
    assert head(store, row)["state"] == "finished"
    assert len(way.sent) == 1_000


def test_what_was_no_refusal_is_sent_again(store: Store, clock: MovableClock) -> None:
    """A person who knows that the relay was wrong names the reason; every try stays on record."""
    ledger.add_recipients(store, 30)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Refused("blocked", "554"))
    ledger.send(store, ledger.line(way), clock)
    assert outbox.retry(store, row, clock()) == 0
    assert outbox.retry(store, row, clock(), "bad_address") == 0
    assert outbox.retry(store, row, clock(), "blocked") == 30
    way.answers = lambda delivery: Sent("250")
    ledger.send(store, ledger.line(way), clock)
    assert ledger.summed(store, row).counts["accepted"] == 30
    assert {attempt["reason"] for attempt in ledger.attempts(store)} == {"blocked"}
