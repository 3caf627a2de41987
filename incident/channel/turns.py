"""Gives every delivery its turn: when it is due, stoppable between two, several at once, and never an exception.

A server that is down, or that told us to slow down, is asked once and not once a recipient: the rest of the batch
gets the same answer without being tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from incident.channel.port import Deferred, Delivery, Outcome, Unknown, due_of

if TYPE_CHECKING:
    from concurrent.futures import Future

Work = Callable[[Delivery], Outcome]

_LONG = 0.2  # seconds
_BLINK = 0.05  # seconds; how soon a stop is noticed while waiting


def take(
    deliveries: Iterable[Delivery],
    stopped: Callable[[], bool],
    work: Work,
    workers: int = 1,
    pause: Callable[[float], None] = sleep,
) -> Iterator[tuple[int, Outcome]]:
    """Does `work` for each delivery when it is due, on up to `workers` threads. Once stopped, it starts nothing
    further; what is under way is finished and yielded. Tests pass a `pause` of their own."""
    if workers == 1:
        return _one_by_one(_Turns(deliveries, stopped, pause), work)
    return _side_by_side(_Turns(deliveries, stopped, pause), work, workers)


class _Turns:
    """The deliveries one by one, each when it may start; after `closed` without waiting, to be answered untried."""

    def __init__(
        self, deliveries: Iterable[Delivery], stopped: Callable[[], bool], pause: Callable[[float], None]
    ) -> None:
        self.due = due_of(deliveries)
        self.closed: Deferred | None = None
        self._source = iter(deliveries)
        self._stopped = stopped
        self._pause = pause

    def next(self) -> Delivery | None:
        """None when nothing is left, or nothing further may start."""
        while not self._stopped():
            left = 0.0 if self.closed is not None else self.due()
            if left <= 0:
                return next(self._source, None)
            self._pause(min(left, _BLINK))
        return None

    def heard(self, outcome: Outcome) -> None:
        self.closed = self.closed or _closes(outcome)


def _one_by_one(turns: _Turns, work: Work) -> Iterator[tuple[int, Outcome]]:
    while (delivery := turns.next()) is not None:
        outcome = turns.closed or _safely(work, delivery)
        turns.heard(outcome)
        yield delivery.no, outcome


def _side_by_side(turns: _Turns, work: Work, workers: int) -> Iterator[tuple[int, Outcome]]:
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    running: dict[Future[Outcome], int] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="channel") as pool:
        while True:
            # An outcome that is known must not lie here while we wait for our turn: a crash would make it unknown.
            while len(running) >= workers or (running and turns.closed is None and turns.due() > _LONG):
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    turns.heard(future.result())
                    yield running.pop(future), future.result()
            delivery = turns.next()
            if delivery is None:
                break
            if turns.closed is not None:
                yield delivery.no, turns.closed
            else:
                running[pool.submit(_safely, work, delivery)] = delivery.no
        for future, no in running.items():
            yield no, future.result()


def _closes(outcome: Outcome) -> Deferred | None:
    """The answer for everybody behind this one, when it speaks of the server and not of the recipient:

    1. no connection, no trusted connection, or no login: nobody behind will fare better;
    2. too fast, with a time to wait: each further try makes the ban longer (DingTalk).
    """
    if not isinstance(outcome, Deferred):
        return None
    if outcome.reason in ("unreachable", "tls", "not_authorised") or (outcome.reason == "rate" and outcome.wait):
        return replace(outcome, words=f"Not tried, because of the one before: {outcome.words}")
    return None


def _safely(work: Work, delivery: Delivery) -> Outcome:
    """An exception out of foreign code is neither yes nor no; its text may hold secrets, so only its class is told."""
    try:
        return work(delivery)
    except Exception as error:
        return Unknown("unclear", "", f"{type(error).__name__} while sending")
