"""The worker's loop: tick, sleep until something is due, end at a signal between two deliveries."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from incident.errors import StoreBusy
from incident.now import duration_text

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.run.messenger import Messenger
    from incident.wiring import Console

LOOK = timedelta(seconds=1)
"""How often a worker looks for what other processes have made due."""


def work(session: Session, patience: timedelta | None) -> int:
    """Works until nothing is due now or within `patience` (None: for ever), or until SIGTERM. Returns its rounds."""
    from incident.run.messenger import Messenger

    console = session.console()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    messenger = Messenger(console.office, session.say)
    messenger.start()
    try:
        return _rounds(session, patience, stopping, messenger)
    finally:
        messenger.stop()


def _rounds(session: Session, patience: timedelta | None, stopping: threading.Event, messenger: Messenger) -> int:
    from incident.cli._sending import progress, say_stranded
    from incident.run import worker

    console = session.console()
    rounds, began = 0, console.clock()
    heartbeat = console.heartbeat(session.say)
    while not stopping.is_set():
        rounds += 1
        try:
            with progress(session) as watch:
                worker.tick(console.office, console.line, stopping, watch, session.say, has_messenger=True)
            if heartbeat is not None:
                heartbeat.beat(console.store, console.clock())
        except StoreBusy as error:  # somebody holds the database; what was due is still due
            session.say(error.message)
        due = worker.next_due(console.office, console.line)
        now = console.clock()
        idle = patience is not None and not messenger.busy
        if idle and patience is not None and not _within(console, now + patience, began + patience):
            if due is not None:
                session.say(f"The next thing is due in {duration_text(due - now)}.")
            say_stranded(session)
            break
        look = LOOK / 10 if messenger.busy else LOOK
        pause = look if due is None else max(min(look, due - now), timedelta(milliseconds=50))
        stopping.wait(pause.total_seconds())
    if heartbeat is not None:
        heartbeat.rest()
    return rounds


def _within(console: Console, deliveries: datetime, turns: datetime) -> bool:
    """Whether a delivery is due by the one moment, or a run or page by the other. A delivery comes to an end, so its
    time is counted from now; a page is repeated until a person hears it, so its time is counted from the start."""
    from incident.run import worker

    delivery, turn = worker.next_delivery(console.office, console.line), worker.next_turn(console.office)
    return (delivery is not None and delivery <= deliveries) or (turn is not None and turn <= turns)
