"""Everything that is due leaves the house: rules are looked after before, while and after the senders are at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from incident.delivery import brakes, care, claims, sender
from incident.delivery.line import Line
from incident.now import Clock
from incident.store import Store

DOWN_AFTER = timedelta(minutes=2)
"""A channel that has been stopped for so long leaves its people to the next one in its chain."""

LOOK_SECONDS = 1.0
"""How often rules are looked after while senders are at work."""


def dispatch(
    store: Store, line: Line, clock: Clock, *, stopping: threading.Event, watch: Callable[[], None] = lambda: None
) -> None:
    """Sends everything that is due now, until nothing is: what one channel refused may be due on the next one, and a
    canary that did well lets everybody else go. `watch` as for `sender.drain`."""
    looked = time.monotonic()

    def watch_and_care() -> None:
        nonlocal looked
        if time.monotonic() - looked >= LOOK_SECONDS:
            looked = time.monotonic()
            care.look_after(store, clock(), line.stale_after, _down(store, line, clock()))
        watch()

    care.look_after(store, clock(), line.stale_after, _down(store, line, clock()))
    while True:
        sender.drain(store, line, clock, stopping=stopping, watch=watch_and_care)
        freed = care.look_after(store, clock(), line.stale_after, _down(store, line, clock()))
        if stopping.is_set() or not any(done.frees for done in freed):
            return


def _down(store: Store, line: Line, now: datetime) -> frozenset[str]:
    """Channels whose account has been stopped for longer than `DOWN_AFTER`."""
    since = {one.account: one.since for one in brakes.states(store, now)}
    return frozenset(
        name
        for name, channel in line.channels.items()
        if channel.account in since and now - since[channel.account] >= DOWN_AFTER
    )


def next_due(store: Store, line: Line, now: datetime) -> datetime | None:
    """When something is to be sent, looked after, or taken over from a sender that may have died."""
    dues = (sender.next_due(store, line, now), claims.earliest_end(store), care.next_due(store, now))
    return min((due for due in dues if due is not None), default=None)
