"""What a broadcast waits for, told to whoever asks why nothing moves."""

from __future__ import annotations

from datetime import timedelta

from incident.channel.port import Deferred
from incident.channel.spec import Rate
from incident.delivery import care
from incident.delivery.model import Route
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.quiet import QuietHours
from incident.store import Row, Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import head
from tests.delivery.ledger import Answering


def wait_of(store: Store, row: Row, clock: MovableClock, *ways: Answering) -> care.Waiting | None:
    return care.waiting(store, head(store, row), clock(), {way.name: way for way in ways})


def reason_of(store: Store, row: Row, clock: MovableClock, *ways: Answering) -> str:
    wait = wait_of(store, row, clock, *ways)
    return wait.reason if wait else ""


def test_an_account_that_is_stopped(store: Store, clock: MovableClock) -> None:
    """By name, with the words of whoever was asked, until the next try."""
    ledger.add_recipients(store, 5)
    row = ledger.broadcast(store, clock())
    dead = Answering(answers=lambda delivery: Deferred("unreachable", "", "nobody listens there."))
    ledger.send(store, ledger.line(dead), clock)
    wait = wait_of(store, row, clock, dead)
    assert wait is not None
    assert (wait.reason, wait.why) == ("stopped_account", "email is stopped: unreachable, nobody listens there")
    assert wait.until is not None
    assert clock() < wait.until <= clock() + timedelta(minutes=2)


def test_a_rate_that_is_used_up(store: Store, clock: MovableClock) -> None:
    """The notice before has taken what may start within the hour; this one waits for its turn."""
    ledger.add_recipients(store, 5)
    slow = Answering(rates=(Rate(per=timedelta(hours=1), most=2),))
    ledger.broadcast(store, clock())
    ledger.send(store, ledger.line(slow), clock)
    row = ledger.broadcast(store, clock(), step="update")
    wait = wait_of(store, row, clock, slow)
    assert wait is not None
    assert (wait.reason, wait.why) == ("rate", "the rate of email")
    assert wait.until is not None
    assert wait.until > clock() + timedelta(minutes=20)


def test_a_worker_that_is_not_there(store: Store, clock: MovableClock) -> None:
    """Nothing is said of a broadcast just written; of one that nobody looks after, that nobody does."""
    ledger.add_recipients(store, 5)
    row = ledger.broadcast(store, clock())
    assert reason_of(store, row, clock, Answering()) == ""
    clock.advance("1m")
    assert reason_of(store, row, clock, Answering()) == "no_worker"


def test_a_channel_that_is_gone(store: Store, clock: MovableClock) -> None:
    """Taken out of incident.yaml while something waits for it."""
    ledger.add_recipients(store, 5)
    assert reason_of(store, ledger.broadcast(store, clock()), clock) == "no_channel"


def test_the_sink_of_a_drill_is_a_channel_too(store: Store, clock: MovableClock) -> None:
    """It stands in no incident.yaml, and nothing is missing."""
    ledger.add_recipients(store, 5)
    row = ledger.broadcast(store, clock(), routes=[Route(channel="drill/email", reach="each", column="email")])
    assert wait_of(store, row, clock, Answering()) is None


def test_what_was_put_off(store: Store, clock: MovableClock) -> None:
    """Until the first of it is tried again."""
    ledger.add_recipients(store, 1)
    row = ledger.broadcast(store, clock())
    full = Answering(answers=lambda delivery: Deferred("mailbox_full"))
    ledger.send(store, ledger.line(full), clock)
    assert reason_of(store, row, clock, full) == "deferred"


def test_quiet_hours_are_told_before_all_else(store: Store, clock: MovableClock) -> None:
    """Nothing is sent in them, whatever else there is."""
    ledger.add_recipients(store, 1)
    night = QuietHours(
        start=(clock() - timedelta(hours=1)).time(), end=(clock() + timedelta(hours=1)).time(), zone="UTC"
    )
    row = ledger.broadcast(store, clock(), rules=Rules(quiet_hours=night))
    assert reason_of(store, row, clock) == "quiet_hours"


def test_what_is_over_waits_for_nothing(store: Store, clock: MovableClock) -> None:
    """Everybody was sent to."""
    ledger.add_recipients(store, 5)
    row = ledger.broadcast(store, clock())
    ledger.send(store, ledger.line(Answering()), clock)
    assert wait_of(store, row, clock, Answering()) is None
