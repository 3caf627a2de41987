"""Sending what is due, a thread for each channel.

The order is the whole safety: (1) what is claimed, and what the passes refused, is durable before a byte leaves;
(2) outcomes are committed in groups; (3) whoever is killed between leaves open chunks, whose rows without an outcome
are `unknown` to whoever comes next.
"""

from __future__ import annotations

import gc
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator
from datetime import datetime
from itertools import count

from incident.delivery import claims
from incident.delivery.line import Line
from incident.delivery.stream import LOOK_SECONDS, Stream
from incident.delivery.takeover import take_over
from incident.delivery.throttle import free_again
from incident.now import Clock, maybe_at, ms
from incident.store import Store

RARELY = (100_000, 20, 100)
"""How often Python looks for garbage in circles while mails go out. Thousands of rows in hand are none, and looking at
them again and again costs a tenth of the time."""

_NUMBERS = count(1)
"""Workers of this process."""

RENEW_SECONDS = 5.0
"""How often the leases of senders that live are renewed: here, not between deliveries, because one delivery may take
longer than a lease."""


def drain(
    store: Store, line: Line, clock: Clock, *, stopping: threading.Event, watch: Callable[[], None] = lambda: None
) -> None:
    """Sends everything that is due now, a thread per channel, until nothing is; then marks what is finished.

    `watch` is called some times a second from the calling thread (progress, other work that has become due). When the
    caller is interrupted, or `watch` fails, the senders end between two deliveries and give back what they hold. What a
    sender raises rises here.
    """
    crew = _Crew(store, line, clock, claims.owner_name(), stopping)
    usual = gc.get_threshold()
    gc.set_threshold(*RARELY)
    take_over(store, clock(), lambda name: line.channels[name].on_unknown if name in line.channels else "hold")
    try:
        while crew.go_on():
            time.sleep(LOOK_SECONDS / 4)
            watch()
    except BaseException:
        crew.halted = True
        raise
    finally:
        crew.join()
        gc.set_threshold(*usual)
    store.queries("incident.delivery").finish_ready(now=ms(clock()))
    watch()
    crew.complain()


class _Crew:
    """A worker for each channel that has something to send, also for one that gets it while others are at work."""

    def __init__(self, store: Store, line: Line, clock: Clock, owner: str, stopping: threading.Event) -> None:
        self.store = store
        self.line = line
        self.clock = clock
        self.owner = owner
        self.stopping = stopping
        self.halted = False
        self.workers: dict[str, _Worker] = {}
        self.failed: list[_Worker] = []
        self.idle: set[str] = set()
        self._looked = 0.0
        self._renewed = time.monotonic()

    def go_on(self) -> bool:
        """Starts whom it needs, renews the claims of those at work; False when nobody works and nothing is due."""
        if time.monotonic() - self._looked >= LOOK_SECONDS or not self._alive():
            self._looked = time.monotonic()
            self._call_in()
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            self._renewed = time.monotonic()
            for worker in self._alive():
                claims.renew(self.store, worker.claimant, self.clock())
        return bool(self._alive())

    def join(self) -> None:
        for worker in self.workers.values():
            worker.join()
        self._part_with_the_dead()

    def complain(self) -> None:
        """Raises what a worker has raised, the first one."""
        for worker in self.failed:
            assert worker.failure is not None
            raise worker.failure

    def _is_over(self) -> bool:
        return self.halted or self.stopping.is_set()

    def _alive(self) -> list[_Worker]:
        return [worker for worker in self.workers.values() if worker.is_alive()]

    def _call_in(self) -> None:
        """What is due may be in another process's hands: who found nothing to send is called again while others work,
        but nobody stays for it."""
        self._part_with_the_dead()
        if self._is_over():
            return
        away = {worker.channel for worker in self.failed} | (set() if self.workers else self.idle)
        for name in busy(self.store, self.line, self.clock()):
            if name not in self.workers and name not in away and _may_send(self.store, self.line, name, self.clock()):
                worker = _Worker(self.store, self.line, self.clock, self.owner, name, self._is_over)
                self.workers[name] = worker
                worker.start()

    def _part_with_the_dead(self) -> None:
        for name, worker in list(self.workers.items()):
            if not worker.is_alive():
                del self.workers[name]
                (self.idle.discard if worker.has_sent else self.idle.add)(name)
                if worker.failure is not None:
                    self.failed.append(worker)


class _Worker(threading.Thread):
    """Sends what is due on one channel until nothing is."""

    def __init__(
        self, store: Store, line: Line, clock: Clock, owner: str, channel: str, stopping: Callable[[], bool]
    ) -> None:
        super().__init__(name=f"send-{channel}", daemon=True)
        self.main_store = store
        self.line = line
        self.clock = clock
        self.owner = f"{owner}/{channel}"
        self.claimant = f"{self.owner}/{next(_NUMBERS)}"
        self.channel = channel
        self.stopping = stopping
        self.shares: Counter[int] = Counter()
        self.has_sent = False
        self.failure: BaseException | None = None

    def run(self) -> None:
        store = self.main_store.another()
        try:
            while not self.stopping() and send(self._stream(store)):
                self.has_sent = True
        except BaseException as failure:
            self.failure = failure  # the calling thread raises it; what was claimed is taken over as `unknown`
            claims.give_up(self.claimant)
        finally:
            store.close()

    def _stream(self, store: Store) -> Stream:
        return Stream(store, self.line, self.channel, self.owner, self.claimant, self.clock, self.stopping, self.shares)


def send(stream: Stream) -> bool:
    """One session on one channel, until nothing is due or something in hand must end. Returns whether it sent
    anything: then there may be more.

    When it fails, what is known is kept. Nothing is given back while something is in flight of which nobody knows: so
    it is with what a channel raises, which is a defect, and not with a database that was busy for a while.
    """
    outcomes = stream.channel.send(stream, stream.stopped)
    try:
        for no, outcome in outcomes:
            stream.settle(no, outcome)
    except BaseException:
        if isinstance(outcomes, Generator):
            outcomes.close()  # at once: what it still hears must reach no later session
        stream.keep() if stream.in_doubt else stream.end()
        raise
    stream.end()
    return stream.given > 0


def busy(store: Store, line: Line, now: datetime) -> list[str]:
    """Channels that have something to send now."""
    queries = store.queries("incident.delivery")
    return [name for name in line.channels if queries.is_busy(channel=name, now=ms(now)) is not None]


def _may_send(store: Store, line: Line, channel: str, now: datetime) -> bool:
    """Whether the channel's account may be used now, if only for a page."""
    return free_again(store, line, channel, now) is None or claims.is_urgent_waiting(store, channel, now)


def stranded(store: Store, known: Collection[str], now: datetime) -> list[str]:
    """Channels that have something to send and are not in incident.yaml any more."""
    rows = store.queries("incident.delivery").busy_channels(now=ms(now))
    return sorted({row["channel"] for row in rows} - set(known))


def next_due(store: Store, line: Line, now: datetime) -> datetime | None:
    """When the next deferred delivery is due, or an account may be used again for which something waits; None when
    nothing waits."""
    deferred = maybe_at(store.queries("incident.delivery").next_due()["due"])
    freed = [free_again(store, line, channel, now) for channel in busy(store, line, now)]
    return min((due for due in (deferred, *freed) if due is not None), default=None)
