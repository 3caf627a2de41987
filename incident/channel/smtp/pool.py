"""Some sessions with one relay, shared by the mails of one batch.

The event loop runs only while the caller asks for the next outcome, in slices of a few milliseconds: no threads, so
that between two slices nothing leaves, a stop is exact, and the batch may be any iterable that is read in the caller's
own thread. What the relay says meanwhile waits in the sockets.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import length_hint
from typing import Final, cast

from incident.channel.address import MailServer
from incident.channel.port import Deferred, Delivery, Outcome, due_of
from incident.channel.smtp.connection import Connection
from incident.channel.smtp.engine import Event, Over, Ready, Returned, Settled
from incident.channel.smtp.letter import Letter

Compose = Callable[[Delivery], Letter | Outcome]
Clean = Callable[[Outcome, str], Outcome]
"""An outcome, and the address it is about -> what of it may be told."""

_LOOK: Final = 0.01  # seconds; how long a slice lasts when nothing is heard: so soon is a stop noticed
_GOODBYE = 1.0  # seconds; how long half-open connections are waited for at the end
_GATHER: Final = 0.004  # seconds; how long an outcome waits for others before the caller gets them
_MANY = 1_000_000  # mails of a batch that does not tell its length
_MAILS_A_CONNECTION = 8  # opening one takes four round trips: for fewer mails it is not worth it
_BARREN = 3  # sessions that end one after the other without an answer to any mail: the relay is not well


class _Batch:
    """One call of `send`: what is still to be sent, what is in flight, what is known."""

    def __init__(self, deliveries: Iterable[Delivery], compose: Compose) -> None:
        self.source = iter(deliveries)
        self.due = due_of(deliveries)
        self.left = length_hint(deliveries, _MANY)
        self.compose = compose
        self.again: deque[Letter] = deque()
        self.flying = 0
        self.known: list[tuple[int, Outcome]] = []
        self.exhausted = False
        self.stopped = False
        self.closed: Deferred | None = None
        self.failure: BaseException | None = None

    def ask(self, stopped: Callable[[], bool]) -> None:
        """Whether it is to be stopped; a caller that fails gets its failure back from `send`."""
        try:
            self.stopped = self.stopped or stopped()
        except Exception as failure:
            self.failure = failure

    @property
    def halted(self) -> bool:
        """Whether nothing further may start."""
        return self.stopped or self.closed is not None or self.failure is not None

    @property
    def through(self) -> bool:
        """Whether nothing more will be heard."""
        return self.flying == 0 and (self.halted or self.used_up)

    @property
    def used_up(self) -> bool:
        """Whether there is nothing left to start."""
        return self.exhausted and not self.again


class Pool:
    """`send` may be called again and again; sessions are kept until `close`. One thread at a time."""

    def __init__(
        self,
        server: MailServer,
        trust: Callable[[], ssl.SSLContext],
        clean: Clean,
        *,
        connections: int,
        window: int,
        timeout: float,
    ) -> None:
        self._server = server
        self._trust = trust
        self._clean = clean
        self._most = self._limit = connections
        self._window = window
        self._timeout = timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: _Batch | None = None
        self._barren = 0
        self._failed: Deferred | None = None
        self._ending: asyncio.TimerHandle | None = None  # the slice ends soon, since something is known
        self._waking: asyncio.TimerHandle | None = None  # the next one may start then

    def send(
        self, deliveries: Iterable[Delivery], compose: Compose, stopped: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome]]:
        """(number, outcome) as they become known. `compose` makes the letter, or says at once why there is none.

        After `stopped()` nothing further starts; what is in flight is waited for. What `deliveries` or `stopped` raises
        rises here, after what was in flight.
        """
        if self._batch is not None:  # its caller has left, and nothing has told us (compiled, no generator is told)
            self.close()
        batch = self._batch = _Batch(deliveries, compose)
        self._limit, self._barren = self._most, 0
        for connection in self._connections:
            connection.kept = True
        try:
            while not batch.through:
                batch.ask(stopped)
                self._go_on()
                known, batch.known = batch.known, []
                yield from known
            if batch.failure is not None:
                raise batch.failure
            if batch.closed is not None:
                yield from self._close_all(batch, stopped)
        finally:
            self._batch = None
            if batch.flying:  # the caller has left: nobody hears these answers, and no later batch may
                self.close()

    def open(self) -> Deferred | None:
        """Opens one session if there is none, and says why not."""
        if not self._connections:
            self._start_one()
        while self._connections and not any(connection.ready for connection in self._connections):
            self._run(_LOOK)
        return self._failed

    def close(self) -> None:
        """Says goodbye to the server; the pool may be used again."""
        loop = self._loop
        if loop is None:
            return
        for task in list(self._tasks):
            task.cancel()
        for connection in list(self._connections):
            connection.quit()
        until = loop.time() + _GOODBYE
        while self._tasks and loop.time() < until:
            self._run(_LOOK)
        self._run(_LOOK)
        self._connections.clear()
        self._waking = self._loop = None
        loop.close()

    # Slices

    def _go_on(self) -> None:
        batch = self._batch
        assert batch is not None
        if batch.through:
            return
        self._open_more()
        for connection in list(self._connections):
            connection.wake()
        if not batch.through:
            self._run(_LOOK)

    def _run(self, seconds: float) -> None:
        loop = self._running_loop()
        end = loop.call_later(seconds, loop.stop)
        loop.run_forever()
        end.cancel()
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = _new_loop()
        return self._loop

    # Connections

    def _open_more(self) -> None:
        """One first, since a dead relay is found out by one; then as many as the mails that are left are worth."""
        batch = self._batch
        if batch is None or batch.halted or batch.used_up:
            return
        worth = -(-(batch.left + len(batch.again)) // _MAILS_A_CONNECTION)
        proven = any(connection.ready for connection in self._connections)
        want = max(1, min(self._limit, worth)) if proven else 1
        for _ in range(want - len(self._connections)):
            self._start_one()

    def _start_one(self) -> None:
        self._failed = None
        loop = self._running_loop()
        connection = Connection(
            self._server,
            self._trust,
            self._supply,
            self._hear,
            loop=loop,
            window=self._window,
            timeout=self._timeout,
        )
        self._connections.append(connection)
        task = loop.create_task(connection.connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, connection: Connection, event: Event) -> None:
        if type(event) is Settled:  # nearly always
            self._barren = 0
            self._settle(event.letter, event.outcome)
        elif isinstance(event, Returned):
            self._take_back(connection, event.letter, event.why)
        elif isinstance(event, Ready):
            connection.ready = True
            self._open_more()
        elif isinstance(event, Over):
            self._gone(connection, event.why)

    def _gone(self, connection: Connection, why: Deferred | None) -> None:
        """One session less. Without any left, what kept us from opening one holds for the rest of the batch."""
        self._connections.remove(connection)
        others = any(other.ready for other in self._connections)
        if why is not None:
            self._failed = why
            self._limit = max(1, sum(other.ready for other in self._connections))
            if not others:
                self._shut(why)
        elif connection.engine.settled == 0 and not connection.kept:
            self._barren += 1
            if self._barren >= _BARREN and not others:
                self._shut(
                    Deferred("unreachable", "", "The mail server ends each session before it answers to a mail.")
                )
        self._open_more()
        self._end_if_through()

    def _shut(self, why: Deferred) -> None:
        batch = self._batch
        if batch is not None and batch.closed is None:
            batch.closed = why

    # Mails

    def _supply(self) -> Letter | None:
        """The next letter, if one may start now."""
        batch = self._batch
        if batch is None or batch.halted:
            return None
        if batch.again:
            batch.flying += 1
            return batch.again.popleft()
        while (delivery := self._next(batch)) is not None:
            made = batch.compose(delivery)
            if isinstance(made, Letter):
                batch.flying += 1
                return made
            self._know(batch, delivery.no, made)
        return None

    def _next(self, batch: _Batch) -> Delivery | None:
        """The next delivery, if it may start now; else it is seen to that somebody asks again when it may."""
        if batch.exhausted:
            return None
        try:
            due = batch.due()
            if due <= 0:
                delivery = next(batch.source)
                batch.left -= 1
                return delivery
        except StopIteration:
            batch.exhausted = True
        except Exception as failure:  # of the caller's own making: it gets it back from `send`
            batch.failure = failure
        else:
            if self._waking is None:
                self._waking = self._running_loop().call_later(due, self._wake)
        return None

    def _wake(self) -> None:
        self._waking = None
        for connection in list(self._connections):
            connection.wake()

    def _take_back(self, connection: Connection, letter: Letter, why: Deferred | None) -> None:
        """A mail that was not taken.

        1. It only stood behind the one that ended the session: again. 2. The session was in use before, so that its end
        says nothing about this mail: again, once. 3. Else this is its outcome.
        """
        batch = self._batch
        assert batch is not None
        used = connection.kept or connection.engine.settled > 0
        if why is None or (used and not letter.again):
            letter.again = letter.again or why is not None
            batch.flying -= 1
            batch.again.append(letter)
        else:
            self._settle(letter, why)

    def _settle(self, letter: Letter, outcome: Outcome) -> None:
        batch = self._batch
        assert batch is not None
        batch.flying -= 1
        self._know(batch, letter.no, self._clean(outcome, letter.recipient))

    def _know(self, batch: _Batch, no: int, outcome: Outcome) -> None:
        batch.known.append((no, outcome))
        if self._ending is None and self._loop is not None:
            self._ending = self._loop.call_later(_GATHER, self._loop.stop)
        if batch.flying == 0:
            self._end_if_through()

    def _end_if_through(self) -> None:
        loop = self._loop
        if self._batch is not None and self._batch.through and loop is not None and loop.is_running():
            loop.stop()

    def _close_all(self, batch: _Batch, stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        """No relay: the one that found out has its words, everybody behind gets the same answer untried."""
        assert batch.closed is not None
        first = self._clean(batch.closed, "")
        for count, no in enumerate(_numbers(batch)):
            if count and stopped():
                return
            yield no, first if count == 0 else _untried(first)


def _numbers(batch: _Batch) -> Iterator[int]:
    for letter in batch.again:
        yield letter.no
    for delivery in batch.source:  # each is asked for when it is answered
        yield delivery.no


def _untried(why: Outcome) -> Outcome:
    return replace(why, words=f"Not tried, because of the one before: {why.words}")


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where it is installed (`pip install incident[fast]`): it halves what the loop costs."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return cast(asyncio.AbstractEventLoop, uvloop.new_event_loop())
