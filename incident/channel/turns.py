"""Gives every delivery its turn: when it is due, stoppable between two, several at once, and never an exception.

A server that is down, or that told us to slow down, is asked once and not once a recipient: the rest of the batch
gets the same answer without being tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING, TypeAlias

from incident.channel.port import Deferred, Delivery, Outcome, Unknown, due_of

if TYPE_CHECKING:
    from queue import SimpleQueue

Work = Callable[[Delivery], Outcome]
Known: TypeAlias = tuple[int, Outcome]
BatchWork = Callable[[Sequence[Delivery]], Iterable[Known]]
"""Sends some deliveries at once; gives each outcome as soon as it is known."""

_BLINK = 0.05  # seconds; how soon a stop is noticed while waiting


def take(
    deliveries: Iterable[Delivery],
    stopped: Callable[[], bool],
    work: Work,
    workers: int = 1,
    pause: Callable[[float], None] = sleep,
) -> Iterator[Known]:
    """Does `work` for each delivery when it is due, on up to `workers` threads. Once stopped, it starts nothing
    further; what is under way is finished and yielded. Tests pass a `pause` of their own."""

    def one(turn: Sequence[Delivery]) -> Iterator[Known]:
        yield turn[0].no, work(turn[0])

    return take_batches(deliveries, stopped, one, 1, workers, pause)


def take_batches(
    deliveries: Iterable[Delivery],
    stopped: Callable[[], bool],
    work: BatchWork,
    most: int,
    workers: int = 1,
    pause: Callable[[float], None] = sleep,
) -> Iterator[Known]:
    """As `take`, up to `most` deliveries at a time: those that are due now. A batch never waits for more.

    What `deliveries` or `stopped` raises rises here, after what was under way."""
    turns = _Turns(deliveries, stopped, most, pause)
    return _in_turn(turns, work) if workers == 1 else _side_by_side(turns, work, workers)


class _Turns:
    """The deliveries, some at a time, when they may start; after `closed` without waiting, to be answered untried."""

    def __init__(
        self, deliveries: Iterable[Delivery], stopped: Callable[[], bool], most: int, pause: Callable[[float], None]
    ) -> None:
        self.closed: Deferred | None = None
        self._failure: Exception | None = None
        self._due = due_of(deliveries)
        self._source = iter(deliveries)
        self._stopped = stopped
        self._most = most
        self._pause = pause

    def next(self) -> list[Delivery]:
        """Waits for the next turn; empty when nothing is left, or nothing further may start."""
        while (left := self.left()) > 0:
            self._pause(min(left, _BLINK))
        return self._now()

    def left(self) -> float:
        """Seconds until there is something to take, or an end to learn of."""
        if self.over() or self.closed is not None:
            return 0.0
        try:
            return self._due()
        except Exception as failure:
            self._failure = failure
            return 0.0

    def _now(self) -> list[Delivery]:
        taken: list[Delivery] = []
        while len(taken) < self._most and self.left() <= 0 and not self.over():
            try:
                taken.append(next(self._source))
            except StopIteration:
                break
            except Exception as failure:
                self._failure = failure
        return taken

    def over(self) -> bool:
        """Whether nothing further may start."""
        if self._failure is None:
            try:
                return self._stopped()
            except Exception as failure:
                self._failure = failure
        return True

    def answered(self, turn: Sequence[Delivery]) -> Iterator[Known]:
        """The same answer for all of them."""
        assert self.closed is not None
        for delivery in turn:
            yield delivery.no, self.closed

    def heard(self, known: Sequence[Known]) -> None:
        """A turn is over. It closes the road when each of its outcomes does: one device among many can be told to slow
        down alone."""
        closing = [_closes(outcome) for _, outcome in known]
        if self.closed is None and closing and all(closing):
            self.closed = closing[0]

    def end(self) -> None:
        """A supply that failed gets its own exception back, once what was under way is finished and told."""
        if self._failure is not None:
            raise self._failure


def _in_turn(turns: _Turns, work: BatchWork) -> Iterator[Known]:
    while turn := turns.next():
        if turns.closed is not None:
            yield from turns.answered(turn)
            continue
        heard: list[Known] = []
        for known in _safely(work, turn):
            heard.append(known)
            yield known
        turns.heard(heard)
    turns.end()


def _side_by_side(turns: _Turns, work: BatchWork, workers: int) -> Iterator[Known]:
    """An outcome that is known never lies here while a turn is waited for, or a slower outcome: a crash would make it
    unknown."""
    from concurrent.futures import ThreadPoolExecutor
    from queue import SimpleQueue

    told: SimpleQueue[Known | list[Known]] = SimpleQueue()  # an outcome; or all of a turn, which is over with that

    def run(turn: Sequence[Delivery]) -> None:
        heard: list[Known] = []
        for known in _safely(work, turn):
            heard.append(known)
            told.put(known)
        told.put(heard)

    running, more = 0, True
    with ThreadPoolExecutor(workers, thread_name_prefix="channel") as pool:
        while more or running:
            free = more and running < workers
            patience = min(turns.left(), _BLINK) if free else _BLINK
            if not free:
                turns.over()  # who asks us to stop also writes down then what is known so far
            if patience == 0 or not running:
                turn = turns.next()
                more = bool(turn)
                if turns.closed is not None:
                    yield from turns.answered(turn)
                elif turn:
                    running += 1
                    pool.submit(run, turn)
                patience = 0
            for known in _waiting(told, patience) if running else ():
                if isinstance(known, list):
                    running -= 1
                    turns.heard(known)
                    break  # somebody is free
                yield known
    turns.end()


def _waiting(told: SimpleQueue[Known | list[Known]], seconds: float) -> Iterator[Known | list[Known]]:
    """What was told; the first is waited for so long."""
    from queue import Empty

    with suppress(Empty):
        while True:
            yield told.get(timeout=seconds)
            seconds = 0


def _closes(outcome: Outcome) -> Deferred | None:
    """The answer for everybody behind this one, when it speaks of the server and not of the recipient:

    1. no connection, no trusted connection, or no login: nobody behind will fare better;
    2. too fast, with a time to wait: each further try makes the ban longer (DingTalk).
    """
    if not isinstance(outcome, Deferred):
        return None
    if outcome.reason in ("unreachable", "tls", "not_authorised") or (outcome.reason == "rate" and outcome.wait):
        return untried(outcome)
    return None


def untried(outcome: Deferred) -> Deferred:
    """What one was told, as the answer to another who was spared the try."""
    return replace(outcome, words=f"Not tried, because of the one before: {outcome.words}")


def _safely(work: BatchWork, turn: Sequence[Delivery]) -> Iterator[Known]:
    """An exception out of foreign code is neither yes nor no for those without an outcome; its text may hold secrets,
    so only its class is told."""
    left = {delivery.no: None for delivery in turn}
    try:
        for no, outcome in work(turn):
            left.pop(no, None)
            yield no, outcome
    except Exception as error:
        for no in left:
            yield no, Unknown("unclear", "", f"{type(error).__name__} while sending")
