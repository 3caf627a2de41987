"""Nothing goes out by itself after a long sleep or a restore; what waits on purpose is not stale."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from time import sleep

import pytest

from incident import journal
from incident.channel.port import Deferred, Sent
from incident.cli import _backup
from incident.delivery import outbox
from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.delivery.rules.quiet import QuietHours
from incident.now import system_clock
from incident.store import Store, open_store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import by_reason, head, told
from tests.delivery.ledger import Answering

NIGHT = QuietHours(start=time(22), end=time(12), zone="Asia/Shanghai")
"""The test's clock begins at 11:00 in Shanghai."""


def test_what_was_slept_through_waits_for_a_person(store: Store, clock: MovableClock) -> None:
    """The machine slept for two hours with a notice unsent: it is held, and says so; released, it goes."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    clock.advance("2h")
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert not way.sent
    assert (head(store, row)["state"], head(store, row)["reason"]) == ("held", "stale")
    assert told(store) == [("broadcast.held", "stale")]
    outbox.release(store, row, lambda people, preview: None, clock())
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 3


def test_an_hour_is_not_too_long(store: Store, clock: MovableClock) -> None:
    """Just within the limit it goes out."""
    ledger.add_recipients(store, 3)
    ledger.broadcast(store, clock())
    clock.advance("1h")
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 3


def test_a_retry_that_is_not_due_is_no_sleep(store: Store, clock: MovableClock) -> None:
    """The server asked for three hours: after these it is tried again; three hours later still nobody did: stale."""
    ledger.add_recipients(store, 1)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: Deferred("rate", wait=timedelta(hours=3)))
    ledger.send(store, ledger.line(way), clock)
    clock.advance("3h")
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 2
    clock.advance("6h")
    ledger.send(store, ledger.line(way), clock)
    assert head(store, row)["reason"] == "stale"


def test_quiet_hours_are_no_sleep(store: Store, clock: MovableClock) -> None:
    """Nothing leaves before noon; at noon it does, although nobody had claimed anything for hours."""
    ledger.add_recipients(store, 3)
    clock.advance(timedelta(hours=-6))
    row = ledger.broadcast(store, clock(), rules=Rules(quiet_hours=NIGHT))
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert not way.sent
    assert head(store, row)["state"] == "sending"
    clock.advance("7h")
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 3


def test_quiet_hours_begin_in_the_middle(store: Store, clock: MovableClock) -> None:
    """A retry that falls due in the night waits for the morning; on the timeline stands why."""
    ledger.add_recipients(store, 1)
    siesta = QuietHours(start=time(11, 1), end=time(13), zone="Asia/Shanghai")
    row = ledger.broadcast(store, clock(), rules=Rules(quiet_hours=siesta))
    way = Answering(answers=lambda delivery: Deferred("busy", wait=timedelta(minutes=2)))
    ledger.send(store, ledger.line(way), clock)
    clock.advance("3m")
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 1
    assert told(store) == [("broadcast.waits", "quiet_hours")]
    outbox.release(store, row, lambda people, preview: None, clock())
    way.answers = lambda delivery: Sent("250")
    ledger.send(store, ledger.line(way), clock)
    assert ledger.summed(store, row).counts["accepted"] == 1


def test_the_worst_severity_ends_the_wait(store: Store, clock: MovableClock) -> None:
    """An incident that becomes sev1 at night lets its notices go."""
    ledger.add_recipients(store, 3)
    store.execute(
        "INSERT INTO incident (id, year, number, title, playbook, kind, severity, phase, state, params, contact,"
        " declared_by, declared_at, began_at) VALUES ('INC-2026-001', 2026, 1, '{}', 'p', 'other', 'sev2',"
        " 'investigating', 'open', '{}', '{}', 'li', 0, 0)"
    )
    ledger.broadcast(store, clock(), rules=Rules(quiet_hours=NIGHT))
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert not way.sent
    store.execute("UPDATE incident SET severity = 'sev1'")
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 3


def test_a_canary_s_wait_that_was_slept_through_is_stale(store: Store, clock: MovableClock) -> None:
    """It would have gone on by itself hours ago; now a person looks first."""
    ledger.add_recipients(store, 100)
    rules = Rules(canary=Canary(first=10, hold=timedelta(minutes=5)))
    row = ledger.broadcast(store, clock(), rules=rules)
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    clock.advance("3h")
    ledger.send(store, ledger.line(way), clock)
    assert (len(way.sent), head(store, row)["reason"]) == (10, "stale")


def test_a_page_is_late_rather_than_never(store: Store, clock: MovableClock) -> None:
    """What calls staff out is no notice to customers: it goes."""
    ledger.add_recipients(store, 1)
    ledger.broadcast(store, clock())
    store.execute("UPDATE broadcast SET lane = 0")
    clock.advance("5h")
    way = Answering()
    ledger.send(store, ledger.line(way), clock)
    assert len(way.sent) == 1


@pytest.mark.parametrize("retry", [False, True], ids=["first try", "retry"])
def test_a_restored_copy_sends_nothing_by_itself(
    sqlite_store: Store, clock: MovableClock, tmp_path: Path, retry: bool
) -> None:
    """A backup made in the middle: what was in a sender's hands is unknown there, the rest is held; the original goes
    on as if nothing had been."""
    store = sqlite_store
    ledger.add_recipients(store, 120)
    row = ledger.broadcast(store, clock())
    if retry:
        ledger.send(store, ledger.line(Answering(answers=lambda delivery: Deferred("busy"))), clock)
        clock.advance("1m")
    copy = tmp_path / "copy.db"
    hand = store.another()

    def answer(delivery: object) -> Sent:
        if not copy.exists():
            _backup.copy(hand, copy, clock())
        return Sent("250")

    ledger.send(store, ledger.line(Answering(answers=answer)), clock)
    hand.close()
    assert ledger.summed(store, row).counts["accepted"] == 120
    restored = open_store(f"sqlite:///{copy}")
    assert (head(restored, row)["state"], head(restored, row)["reason"]) == ("held", "restored")
    counted = by_reason(restored)
    assert counted["unknown/restored"] >= 1
    assert ledger.summed(restored, row).adds_up
    way = Answering()
    ledger.send(restored, ledger.line(way), clock)
    assert not way.sent
    journal.verify(restored)
    restored.close()


def test_expiry_is_obeyed_to_the_second(store: Store) -> None:
    """A slow channel: after the expiry nothing starts, but for the blink of an eye in which it is looked; what is left
    says so."""
    ledger.add_recipients(store, 60)
    end = system_clock() + timedelta(seconds=0.5)
    row = ledger.broadcast(store, system_clock(), expires_at=end)
    started = []

    def slowly(delivery: object) -> Sent:
        started.append(system_clock())
        sleep(0.03)
        return Sent("250")

    ledger.send(store, ledger.line(Answering(answers=slowly)), system_clock)
    assert max(started) < end + timedelta(seconds=0.5)
    counted = by_reason(store)
    assert counted["accepted"] == len(started) < 60
    assert counted["accepted"] + counted["expired/expired"] == 60
    assert head(store, row)["state"] == "finished"
