"""Turns and pace: when a delivery may start, without any channel."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from incident.channel.pace import Pace, Paced
from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.channel.reply import retry_after
from incident.channel.spec import Rate
from incident.channel.turns import take, take_batches
from incident.channel.words import LONGEST, clean
from tests.channel.setup import delivery
from tests.clock import START


class Stopwatch:
    """Seconds that pass only while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += seconds


def test_two_rates_hold_at_once() -> None:
    """100 a minute and 5 a second: neither is broken in any window."""
    watch = Stopwatch()
    pace = Pace([Rate(per=timedelta(minutes=1), most=100), Rate(per=timedelta(seconds=1), most=5)], watch.now)
    starts = []
    for _ in range(230):
        watch.pause(pace.due())
        pace.start()
        starts.append(watch.seconds)
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in zip(starts, starts[5:], strict=False))
    assert all(later - earlier >= 60 - 1e-9 for earlier, later in zip(starts, starts[100:], strict=False))
    assert starts[-1] < 140


def test_stop_ends_a_wait() -> None:
    """A stop is noticed while waiting, and the start is not counted."""
    watch = Stopwatch()
    supply = Paced([delivery(no, "a") for no in range(3)], [Rate(per=timedelta(hours=1), most=1)], watch.now)
    heard = list(take(supply, lambda: watch.seconds > 3, lambda given: Sent(), pause=watch.pause))
    assert [no for no, _ in heard] == [0]
    assert watch.seconds < 4


@pytest.mark.parametrize("workers", [1, 4])
def test_exception_is_unknown(workers: int) -> None:
    """What foreign code throws is neither yes nor no, and its text (which may hold secrets) is not told."""

    def work(given: Delivery) -> Outcome:
        raise RuntimeError("password=hunter2")

    got = dict(take([delivery(no, "a") for no in range(3)], lambda: False, work, workers))
    assert got == dict.fromkeys(range(3), Unknown("unclear", "", "RuntimeError while sending"))


@pytest.mark.parametrize("workers", [1, 3])
def test_dead_server_is_asked_once(workers: int) -> None:
    """After `unreachable` nobody else is tried; at most what was already under way."""
    tried: list[int] = []

    def work(given: Delivery) -> Outcome:
        tried.append(given.no)
        return Deferred("unreachable", "", "No connection.")

    got = dict(take([delivery(no, "a") for no in range(50)], lambda: False, work, workers))
    assert {outcome.reason for outcome in got.values() if isinstance(outcome, Deferred)} == {"unreachable"}
    assert len(got) == 50
    assert len(tried) <= workers


@pytest.mark.parametrize("workers", [1, 3])
def test_refusals_close_nothing(workers: int) -> None:
    """A refusal, or a busy server, speaks of one delivery."""
    answers = [Refused("blocked"), Deferred("busy"), Deferred("rate"), Sent()]
    work = lambda given: answers[given.no % 4]  # noqa: E731
    got = dict(take([delivery(no, "a") for no in range(12)], lambda: False, work, workers))
    assert got == {no: answers[no % 4] for no in range(12)}


def test_outcomes_do_not_wait_for_the_pace() -> None:
    """An outcome is handed over before the next start is waited for."""
    watch = Stopwatch()
    supply = Paced([delivery(no, "a") for no in range(3)], [Rate(per=timedelta(seconds=10), most=1)], watch.now)
    taking = take(supply, lambda: False, lambda given: Sent(), 3, watch.pause)
    assert [watch.seconds // 10 for _ in taking] == [0, 1, 2]


def test_a_slow_one_holds_no_outcome_back() -> None:
    """What is known is handed over, although an earlier one is still under way and nothing is left to start."""
    known = threading.Event()
    work = lambda given: Sent(str(known.wait(10) if given.no == 0 else True))  # noqa: E731
    taking = take([delivery(no, "a") for no in range(3)], lambda: False, work, 3)
    assert {next(taking)[0], next(taking)[0]} == {1, 2}
    known.set()
    assert [no for no, _ in taking] == [0]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_supply_that_fails(workers: int) -> None:
    """What was started is finished and told; then the caller gets back its own exception."""

    def supply() -> Iterator[Delivery]:
        yield from (delivery(no, "a") for no in range(2))
        raise OSError("the disk is gone")

    taking = take(supply(), lambda: False, lambda given: Sent(), workers)
    assert {next(taking)[0], next(taking)[0]} == {0, 1}
    with pytest.raises(OSError, match="the disk is gone"):
        next(taking)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_stop_that_cannot_be_asked(workers: int) -> None:
    """Whoever asks whether to stop, and fails, stops: what is under way is told, then the caller gets its exception."""
    begun = threading.Event()

    def stopped() -> bool:
        if begun.is_set():
            raise OSError("the disk is gone")
        return False

    def work(given: Delivery) -> Outcome:
        begun.set()
        return Sent()

    heard: list[int] = []
    with pytest.raises(OSError, match="the disk is gone"):
        heard.extend(no for no, _ in take([delivery(no, "a") for no in range(9)], stopped, work, workers))
    assert 1 <= len(heard) <= workers


@pytest.mark.parametrize("workers", [1, 3])
def test_a_batch_that_fails_in_the_middle(workers: int) -> None:
    """Outcomes that were told stay; nobody knows of the others."""

    def work(turn: Sequence[Delivery]) -> Iterator[tuple[int, Outcome]]:
        yield turn[0].no, Sent()
        raise RuntimeError("defect")

    got = dict(take_batches([delivery(no, "a") for no in range(6)], lambda: False, work, 3, workers))
    assert {no: type(outcome) for no, outcome in got.items()} == {
        no: Sent if no % 3 == 0 else Unknown for no in range(6)
    }


def test_reasons_are_closed() -> None:
    """A reason that is not on the list cannot be made."""
    for kind in (Deferred, Refused, Unknown):
        with pytest.raises(ValueError, match="not a reason"):
            kind("bad luck")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Sat, 14 Mar 2026 03:02:00 GMT"}, 120),
        ({"retry-after": "Fri, 13 Mar 2026 03:02:00 GMT"}, 0),
        ({"retry-after": "9999999"}, 86_400),
        ({"retry-after": "soon"}, None),
        ({"x-ratelimit-reset": "2026-03-14T03:05:00.000Z"}, 300),
        ({}, None),
    ],
)
def test_retry_after(header: dict[str, str], seconds: int | None) -> None:
    """Seconds, dates and Mastodon's instant are read; nonsense is no time; nobody makes us wait more than a day."""
    wait = retry_after(header, START)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_words_are_clean() -> None:
    """Addresses, numbers, URLs and secrets go; so do control characters; long words are cut visibly."""
    said = "550 <li@x.cn>\r\n\x1b[31m+86 138 0013 8000 https://x.cn/?t=1 and hunter2" + "x" * 900
    got = clean(said, ("hunter2",))
    assert got.startswith("550 <***> [31m*** *** and ***")
    assert (len(got), got[-1]) == (LONGEST, "…")
