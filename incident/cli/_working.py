"""The worker's loop: tick, sleep until something is due, end at a signal between two deliveries."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from incident.errors import StoreBusy, StoreMissing
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
    rounds, began, trouble = 0, console.clock(), ""
    heartbeat = console.heartbeat(session.say)
    while not stopping.is_set():
        rounds += 1
        try:
            with progress(session) as watch:
                worker.tick(console.office, console.line, stopping, watch, session.say, has_messenger=True)
            if heartbeat is not None:
                heartbeat.beat(console.store, console.clock())
            trouble = _over(session, trouble)
        except (StoreBusy, StoreMissing) as error:  # what was due is still due
            if type(error) is StoreMissing and not _can_wait(console, patience):
                raise
            trouble = _said_once(session, error, trouble)
        due = worker.next_due(console.office, console.line)
        now = console.clock()
        idle = patience is not None and not messenger.busy
        if idle and patience is not None and not _within(console, now + patience, began + patience):
            if due is not None:
                session.say(f"The next thing is due in {duration_text(due - now)}.")
            say_stranded(session)
            break
        look = LOOK / 10 if messenger.busy else LOOK
        pause = look if due is None or trouble else max(min(look, due - now), timedelta(milliseconds=50))
        stopping.wait(pause.total_seconds())
    if heartbeat is not None:
        heartbeat.rest()
    return rounds


def _can_wait(console: Console, patience: timedelta | None) -> bool:
    """Whether a database that cannot be written may be waited for: a disk that is full has room again some day. A lost
    connection to PostgreSQL does not come back by itself: whoever starts the worker again opens a new one."""
    return patience is None and console.store.dialect == "sqlite"


def _said_once(session: Session, error: StoreBusy | StoreMissing, trouble: str) -> str:
    """What is wrong is told when it begins, not each second."""
    if error.message != trouble:
        session.say(error.message)
    return error.message


def _over(session: Session, trouble: str) -> str:
    if trouble:
        session.say("The database can be written again; going on.")
    return ""


def _within(console: Console, deliveries: datetime, turns: datetime) -> bool:
    """Whether a delivery is due by the one moment, or a run or page by the other. A delivery comes to an end, so its
    time is counted from now; a page is repeated until a person hears it, so its time is counted from the start."""
    from incident.run import worker

    delivery, turn = worker.next_delivery(console.office, console.line), worker.next_turn(console.office)
    return (delivery is not None and delivery <= deliveries) or (turn is not None and turn <= turns)
