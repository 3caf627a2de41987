"""Breakers in the ledger: one process finds out, one probes, all know."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from incident.channel.port import Deferred, Sent
from incident.delivery import brakes
from incident.delivery.brakes.breaker import LEASE
from incident.store import Store
from tests.clock import MovableClock

DEAD = Deferred("unreachable", "", "No connection.")
SLOWER = Deferred("rate", "errcode 130101", "send too fast", timedelta(minutes=10))


def test_what_one_sender_finds_out_stops_all(store: Store, clock: MovableClock) -> None:
    """A dead relay is known to every sender of the account, with the words; other accounts go on."""
    brakes.told(store, "relay", "a", [Sent(), DEAD, DEAD], clock())
    found = brakes.allowed(store, "relay", clock(), "b")
    assert (found.may, found.until, found.why) == (
        "none",
        clock() + timedelta(seconds=5),
        "unreachable No connection.",
    )
    assert brakes.allowed(store, "robot", clock(), "b").may == "all"


def test_one_sender_probes(store: Store, clock: MovableClock) -> None:
    """When it is time, the first who asks gets the probe, and gets it again; the others wait for its outcome."""
    brakes.told(store, "relay", "a", [DEAD], clock())
    clock.advance("5s")
    assert brakes.allowed(store, "relay", clock(), "b").may == "probe"
    assert brakes.allowed(store, "relay", clock(), "b").may == "probe"
    assert brakes.allowed(store, "relay", clock(), "a").may == "none"
    brakes.told(store, "relay", "b", [Sent()], clock())
    assert brakes.allowed(store, "relay", clock(), "a").may == "all"
    assert brakes.states(store, clock()) == []


def test_a_probe_that_failed_is_tried_later(store: Store, clock: MovableClock) -> None:
    """The next probe comes after twice the wait, for whoever asks first."""
    brakes.told(store, "relay", "a", [DEAD], clock())
    brakes.allowed(store, "relay", clock.advance("5s"), "b")
    brakes.told(store, "relay", "b", [DEAD], clock())
    assert brakes.allowed(store, "relay", clock.advance("9s"), "b").may == "none"
    assert brakes.allowed(store, "relay", clock.advance("1s"), "c").may == "probe"


def test_a_prober_that_dies_is_taken_over(store: Store, clock: MovableClock) -> None:
    """After its lease the probe is somebody else's."""
    brakes.told(store, "relay", "a", [DEAD], clock())
    brakes.allowed(store, "relay", clock.advance("5s"), "b")
    waits = brakes.allowed(store, "relay", clock(), "c")
    assert (waits.may, waits.until) == ("none", clock() + LEASE)
    assert brakes.allowed(store, "relay", clock.advance(LEASE), "c").may == "probe"


def test_a_probe_that_was_not_used_goes_back(store: Store, clock: MovableClock) -> None:
    """A sender with nothing to send keeps nobody waiting; what another holds it cannot give back."""
    brakes.told(store, "relay", "a", [DEAD], clock())
    brakes.allowed(store, "relay", clock.advance("5s"), "b")
    brakes.leave(store, "relay", "c", clock())
    assert brakes.allowed(store, "relay", clock(), "c").may == "none"
    brakes.leave(store, "relay", "b", clock())
    assert brakes.allowed(store, "relay", clock(), "c").may == "probe"


def test_the_worker_knows_when_to_look(store: Store, clock: MovableClock) -> None:
    """The first end among the accounts asked for: of a wait, or of a probe's lease."""
    brakes.told(store, "relay", "a", [DEAD], clock())
    brakes.told(store, "robot", "a", [SLOWER], clock())
    brakes.told(store, "push", "a", [Deferred("busy")], clock())
    every = ("relay", "robot", "push")
    assert brakes.next_probe(store, every, clock()) == clock() + timedelta(seconds=5)
    assert brakes.next_probe(store, ("robot",), clock()) == clock() + timedelta(minutes=10)
    assert brakes.next_probe(store, ("push", "other"), clock()) is None
    brakes.allowed(store, "relay", clock.advance("5s"), "b")
    assert brakes.next_probe(store, every, clock()) == clock() + LEASE


def test_people_are_told(store: Store, clock: MovableClock) -> None:
    """Which account is stopped, why, since when, and when it is tried again."""
    since = clock()
    brakes.told(store, "robot", "a", [SLOWER], since)
    (found,) = brakes.states(store, clock.advance("1m"))
    assert (found.account, found.reason, found.code, found.words) == (
        "robot",
        "rate",
        "errcode 130101",
        "send too fast",
    )
    assert (found.since, found.until, found.probing) == (since, since + timedelta(minutes=10), False)
    brakes.allowed(store, "robot", clock.advance("9m"), "b")
    assert [one.probing for one in brakes.states(store, clock())] == [True]


def test_a_clock_that_was_a_day_ahead(store: Store, clock: MovableClock) -> None:
    """A stop that a wrong clock wrote down ends as far ahead as it was then."""
    brakes.told(store, "relay", "a", [SLOWER], clock() + timedelta(days=1))
    found = brakes.allowed(store, "relay", clock(), "b")
    assert (found.may, found.until) == ("none", clock() + timedelta(minutes=10))


def test_two_processes_find_out_at_once(store: Store, clock: MovableClock) -> None:
    """Processes that fail together write one stop, and one of them gets the probe."""
    script = (
        "import sys\n"
        "from datetime import timedelta\n"
        "from incident.channel.port import Deferred\n"
        "from incident.delivery import brakes\n"
        "from incident.store import open_store\n"
        "from tests.clock import START\n"
        "store = open_store(sys.argv[1])\n"
        "for turn in range(20):\n"
        "    brakes.told(store, f'relay-{turn}', sys.argv[2], [Deferred('tls')], START)\n"
        "    print(brakes.allowed(store, f'relay-{turn}', START + timedelta(seconds=5), sys.argv[2]).may)\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, store.url, who], stdout=subprocess.PIPE, text=True)
        for who in ("left", "right")
    ]
    answers = [one.communicate(timeout=60)[0].split() for one in running]
    assert all(sorted(pair) == ["none", "probe"] for pair in zip(*answers, strict=True)), answers
    assert len(brakes.states(store, clock())) == 20
