"""Gives every delivery its turn: paced, stoppable between two, several at once, and never an exception.

A server that is down, or that told us to slow down, is asked once and not once a recipient: the rest of the batch
gets the same answer without being tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from incident.channel.pace import Pace
from incident.channel.port import Deferred, Delivery, Outcome, Unknown

if TYPE_CHECKING:
    from concurrent.futures import Future

Work = Callable[[Delivery], Outcome]

_LONG = 0.2  # seconds


def take(
    deliveries: Iterable[Delivery], stopped: Callable[[], bool], pace: Pace, work: Work, workers: int = 1
) -> Iterator[tuple[int, Outcome]]:
    """Does `work` for each delivery, on up to `workers` threads. Once stopped, it starts nothing further; what is
    under way is finished and yielded."""
    if workers == 1:
        return _one_by_one(deliveries, stopped, pace, work)
    return _side_by_side(deliveries, stopped, pace, work, workers)


def _one_by_one(
    deliveries: Iterable[Delivery], stopped: Callable[[], bool], pace: Pace, work: Work
) -> Iterator[tuple[int, Outcome]]:
    closed: Deferred | None = None
    for delivery in deliveries:
        if closed is None:
            if not pace.wait(stopped):
                return
            outcome = _safely(work, delivery)
            closed = _closes(outcome)
            yield delivery.no, outcome
        else:
            if stopped():
                return
            yield delivery.no, closed


def _side_by_side(
    deliveries: Iterable[Delivery], stopped: Callable[[], bool], pace: Pace, work: Work, workers: int
) -> Iterator[tuple[int, Outcome]]:
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

    closed: Deferred | None = None
    running: dict[Future[Outcome], int] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="channel") as pool:
        for delivery in deliveries:
            # An outcome that is known must not lie here while the pace makes us wait: a crash would make it unknown.
            while len(running) >= workers or (running and pace.due() > _LONG):
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    closed = closed or _closes(future.result())
                    yield running.pop(future), future.result()
            if closed is not None and not stopped():
                yield delivery.no, closed
            elif closed is None and pace.wait(stopped):
                running[pool.submit(_safely, work, delivery)] = delivery.no
            else:
                break
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
