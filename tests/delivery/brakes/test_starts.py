"""Starts reserved in the ledger: one line for all processes, and clocks that jump neither block nor burst."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident.channel.spec import Rate
from incident.delivery import brakes
from incident.now import ms
from incident.store import Store
from tests.clock import START, MovableClock
from tests.delivery.brakes.limits import broken, rate

RATES = (rate(20, 60), rate(100, 3_600))
NOW = ms(START)
_ACCOUNTS = count()

ACTS = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(1, 8), st.sampled_from(["normal", "urgent", "near", "returned"])),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_every_window_holds(sqlite_store: Store, acts: list[tuple[int, int, str]]) -> None:
    """Whatever is reserved, and given back at once by who was last, no window is broken."""
    account, clock, starts = f"relay-{next(_ACCOUNTS)}", MovableClock(), list[int]()
    for waited, wanted, how in acts:
        clock.advance(timedelta(milliseconds=waited))
        given = brakes.reserve(
            sqlite_store,
            account,
            RATES,
            clock(),
            wanted,
            urgent=how == "urgent",
            within=timedelta(seconds=10) if how == "near" else None,
        )
        assert how == "near" or len(given) == wanted
        if how == "returned":
            brakes.give_back(sqlite_store, account, RATES, clock(), given[1:])
            given = given[:1]
        starts += given
    assert broken(starts, RATES) == []


def test_what_was_reserved_is_remembered(store: Store, clock: MovableClock) -> None:
    """Another sender on the same account stands behind the first one; on another account it does not."""
    first = brakes.reserve(store, "relay", RATES, clock(), 3)
    assert brakes.reserve(store, "relay", RATES, clock(), 1)[0] > first[-1]
    assert brakes.reserve(store, "robot", RATES, clock(), 1) == (NOW,)


def test_without_a_rate_everything_starts_now(store: Store, clock: MovableClock) -> None:
    """An account without limits asks no database."""
    assert brakes.reserve(store, "relay", (), clock(), 3) == (NOW,) * 3
    assert brakes.next_start(store, "relay", (), clock()) == NOW


def test_starts_that_were_not_used_go_back(store: Store, clock: MovableClock) -> None:
    """A sender that stops gives back what nobody has queued behind."""
    starts = brakes.reserve(store, "relay", RATES, clock(), 5)
    brakes.give_back(store, "relay", RATES, clock(), starts[2:])
    assert brakes.reserve(store, "relay", RATES, clock(), 3) == starts[2:]


def test_the_next_start_is_told_and_not_taken(store: Store, clock: MovableClock) -> None:
    """Asking when costs nothing: the one who then reserves gets it."""
    brakes.reserve(store, "relay", RATES, clock(), 4)
    told = brakes.next_start(store, "relay", RATES, clock())
    assert brakes.reserve(store, "relay", RATES, clock(), 1, within=timedelta(seconds=1)) == ()
    assert brakes.reserve(store, "relay", RATES, clock(), 1) == (told,)


def test_a_page_overtakes_in_the_ledger(store: Store, clock: MovableClock) -> None:
    """What another process has reserved ahead does not keep an urgent start waiting."""
    brakes.reserve(store, "relay", [rate(100, 1)], clock(), 300)
    assert brakes.reserve(store, "relay", [rate(100, 1)], clock(), 1, urgent=True) == (NOW,)


@pytest.mark.parametrize("limits", [[rate(20, 60)], [rate(20, 60), rate(25, 3_600)], [rate(1, 3_600)]])
def test_a_clock_that_was_a_day_ahead(store: Store, clock: MovableClock, limits: list[Rate]) -> None:
    """When it is set right again, the line goes on where it was, neither a day later nor with a burst."""
    brakes.reserve(store, "relay", limits, clock(), 5)
    ahead = clock.advance("1d")
    before = brakes.reserve(store, "relay", limits, ahead, 10)
    clock.advance(timedelta(days=-1, seconds=1))
    after = brakes.reserve(store, "relay", limits, clock(), 20)
    day = 86_400_000
    assert after[0] - ms(clock()) <= before[-1] - ms(ahead) + 1.1 * limits[0].per / timedelta(milliseconds=1)
    assert broken([*(at - day for at in before), *after], limits) == []


def test_a_clock_that_is_a_little_behind(store: Store, clock: MovableClock) -> None:
    """Machines whose clocks differ by seconds share one line: who is behind waits those seconds."""
    first = brakes.reserve(store, "relay", [rate(20, 60)], clock() + timedelta(seconds=5), 2)
    second = brakes.reserve(store, "relay", [rate(20, 60)], clock(), 2)
    assert broken([*first, *second], [rate(20, 60)]) == []
    assert second[0] > first[-1]


@pytest.mark.parametrize(("written", "processes", "each"), [("200/1,2000/60", 2, 150), ("40/1", 4, 40)])
def test_processes_reserve_at_once(store: Store, written: str, processes: int, each: int) -> None:
    """Several processes on one ledger: no window is broken, and nine tenths of the limit are used."""
    rates = [rate(int(most), float(per)) for most, per in (one.split("/") for one in written.split(","))]
    command = [sys.executable, "-m", "tests.delivery.brakes.reserving", store.url, written, str(each)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
    starts = sorted(at for one in running for at in json.loads(one.communicate(timeout=60)[0]))
    assert len(starts) == processes * each
    assert broken(starts, rates) == []
    most, per = rates[0].most, rates[0].per.total_seconds() * 1_000
    assert most * (starts[-1] - starts[0]) / per <= len(starts) / 0.9


def test_a_limit_that_was_changed(store: Store, clock: MovableClock) -> None:
    """What was counted under the old limit still counts, whatever the buckets were."""
    wide, narrow = [rate(1_000, 1), rate(600, 60)], [rate(1_000, 1), rate(12, 60)]
    brakes.reserve(store, "relay", wide, clock(), 300)
    (first,) = brakes.reserve(store, "relay", narrow, clock(), 1)
    assert 58_000 < first - NOW < 63_000
    clock.advance("2m")
    assert brakes.reserve(store, "relay", wide, clock(), 1) == (ms(clock()),)


def test_a_high_rate_is_reserved_fast(sqlite_store: Store, clock: MovableClock) -> None:
    """500 starts of 1,000 a second under two limits cost a small part of the half second that they last."""
    rates = [rate(1_000, 1), rate(40_000, 60)]
    fastest = 1.0
    for _ in range(5):
        began = time.perf_counter()
        brakes.reserve(sqlite_store, "relay", rates, clock(), 500)
        fastest = min(fastest, time.perf_counter() - began)
    assert fastest < 0.05
