"""Everything that is due leaves the house: rules are looked after before, while and after the senders are at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from incident.delivery import care, claims, sender
from incident.delivery.line import Line
from incident.now import Clock
from incident.store import Store

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
            care.look_after(store, clock(), line.stale_after)
        watch()

    care.look_after(store, clock(), line.stale_after)
    while True:
        sender.drain(store, line, clock, stopping=stopping, watch=watch_and_care)
        freed = care.look_after(store, clock(), line.stale_after)
        if stopping.is_set() or not any(done.frees for done in freed):
            return


def next_due(store: Store, line: Line, now: datetime) -> datetime | None:
    """When something is to be sent, looked after, or taken over from a sender that may have died."""
    dues = (sender.next_due(store, line, now), claims.earliest_end(store), care.next_due(store, now))
    return min((due for due in dues if due is not None), default=None)
