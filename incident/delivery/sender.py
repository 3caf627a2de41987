"""Sending what is due, a thread for each channel.

The order is the whole safety: (1) what is claimed, and what the passes refused, is durable before a byte leaves;
(2) outcomes are committed in groups; (3) whoever is killed between leaves open chunks, whose rows without an outcome
are `unknown` to whoever comes next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime

from incident.delivery import claims
from incident.delivery.line import Line
from incident.delivery.stream import LOOK_SECONDS, Stream
from incident.now import Clock, maybe_at, ms
from incident.store import Store

RENEW_SECONDS = 5.0
"""How often the leases of senders that live are renewed: here, not between deliveries, because one delivery may take
longer than a lease."""


def drain(
    store: Store, line: Line, clock: Clock, *, stopping: threading.Event, watch: Callable[[], None] = lambda: None
) -> None:
    """Sends everything that is due now, a thread per channel, until nothing is; then marks what is finished.

    `watch` is called some times a second from the calling thread (progress). When the caller is interrupted, the
    senders end between two deliveries and give back what they hold. What a sender raises rises here.
    """
    owner = claims.owner_name()
    claims.take_over(store, clock(), lambda name: line.channels[name].on_unknown if name in line.channels else "hold")
    busy = [row["channel"] for row in store.queries("incident.delivery").busy_channels(now=ms(clock()))]
    workers = [_Worker(store, line, clock, owner, name, stopping.is_set) for name in busy if name in line.channels]
    for worker in workers:
        worker.start()
    renewed = time.monotonic()
    try:
        while any(worker.is_alive() for worker in workers):
            time.sleep(LOOK_SECONDS / 4)
            watch()
            if time.monotonic() - renewed >= RENEW_SECONDS:
                renewed = time.monotonic()
                for worker in workers:
                    if worker.is_alive():
                        claims.renew(store, worker.owner, clock())
    except BaseException:
        stopping.set()
        raise
    finally:
        for worker in workers:
            worker.join()
    store.queries("incident.delivery").finish_ready(now=ms(clock()))
    watch()
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure


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
        self.channel = channel
        self.stopping = stopping
        self.failure: BaseException | None = None

    def run(self) -> None:
        store = self.main_store.another()
        try:
            while not self.stopping() and send(self._stream(store)):
                continue
        except BaseException as failure:
            self.failure = failure  # the calling thread raises it; what was claimed is taken over as `unknown`
        finally:
            store.close()

    def _stream(self, store: Store) -> Stream:
        return Stream(store, self.line, self.channel, self.owner, self.clock, self.stopping)


def send(stream: Stream) -> bool:
    """One session on one channel, until nothing is due or something in hand must end. Returns whether it sent
    anything: then there may be more.

    What a channel raises is a defect: what is known is kept, and nothing is given back, because nobody knows what was
    in flight.
    """
    try:
        for no, outcome in stream.channel.send(stream, stream.stopped):
            stream.settle(no, outcome)
    except BaseException:
        stream.keep()
        raise
    stream.end()
    return stream.given > 0


def stranded(store: Store, known: Collection[str], now: datetime) -> list[str]:
    """Channels that have something to send and are not in incident.yaml any more."""
    busy = store.queries("incident.delivery").busy_channels(now=ms(now))
    return sorted({row["channel"] for row in busy} - set(known))


def next_due(store: Store) -> datetime | None:
    """When the next deferred delivery is due; None when none waits."""
    return maybe_at(store.queries("incident.delivery").next_due()["due"])
