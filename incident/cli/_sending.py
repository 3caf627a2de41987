"""Sending from a command, with progress that a person can see; and staying to watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from incident.errors import StoreBusy

if TYPE_CHECKING:
    from incident.cli._frame import Session

LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 5.0
_ROUNDS = 4


def send_due(session: Session) -> None:
    """Sends what is due now, and what falls due within seconds; says on standard error what was left for later.

    A person waits in front of this: what a server puts off for minutes is the worker's.
    """
    from incident.delivery import dispatch

    console = session.console()
    for _ in range(_ROUNDS):
        with progress(session) as watch:
            dispatch.dispatch(console.store, console.line, console.clock, stopping=threading.Event(), watch=watch)
        later = dispatch.next_due(console.store, console.line, console.clock())
        if later is None:
            say_stranded(session)
            return
        wait = (later - console.clock()).total_seconds()
        if wait > _PATIENCE_SECONDS:
            break
        time.sleep(max(wait, 0))
    session.say(f"Not everything has left; it goes on at {session.when(later)} with: incident work")
    session.say("What it waits for: incident outbox list   and: incident channel list")


def say_stranded(session: Session) -> None:
    """Deliveries whose channel has vanished from incident.yaml wait for ever: somebody must know."""
    from incident.delivery import sender

    console = session.console()
    for channel in sender.stranded(console.store, console.channels, console.clock()):
        session.say(
            f"Deliveries wait for the channel '{channel}', which is not in incident.yaml any more: put it back, "
            "or end them with: incident outbox stop INCIDENT"
        )


def follow_live(session: Session, incident: str) -> None:
    """Stays: works, and prints the timeline as it grows, until the incident ends. Ctrl-C leaves; nothing is lost."""
    from incident import journal, lifecycle
    from incident.cli._timeline import line
    from incident.run import worker

    console = session.console()
    seen = 0
    while True:
        try:
            with progress(session) as watch:
                worker.tick(console.office, console.line, threading.Event(), watch, session.say)
        except StoreBusy as error:  # somebody holds the database; what was due is still due
            session.say(error.message)
        entries = list(journal.read(console.store, incident))
        for entry in entries[seen:]:
            session.say(line(session, entry))
        seen = len(entries)
        if lifecycle.get(console.store, incident, 0).state != "open":
            return
        time.sleep(LOOK_SECONDS)


@contextmanager
def progress(session: Session) -> Iterator[Any]:
    """A function to be called often; it looks at the ledger twice a second and draws where a terminal is."""
    import sys

    if not sys.stderr.isatty():
        yield lambda: None
        return
    from incident.cli._progress import Bars

    with Bars(session.console().store) as bars:
        yield bars.update
