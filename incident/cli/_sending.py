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
    from incident.cli._lines import Lines

LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 5.0
_ROUNDS = 4


def send_due(session: Session, lines: Lines | None = None) -> None:
    """Sends what is due now, and what falls due within seconds; says on standard error what was left for later.
    With `lines` programs read how far it has come.

    A person waits in front of this: what a server puts off for minutes is the worker's.
    """
    from incident.delivery import dispatch

    console = session.console()
    for _ in range(_ROUNDS):
        with progress(session, lines) as watch:
            dispatch.dispatch(console.store, console.line, console.clock, stopping=threading.Event(), watch=watch)
        later = dispatch.next_due(console.store, console.line, console.clock())
        if later is None:
            say_stranded(session)
            return
        wait = (later - console.clock()).total_seconds()
        if wait > _PATIENCE_SECONDS:
            break
        _rest(max(wait, 0), lines)
    session.say(f"Not everything has left; it goes on at {session.when(later)} with: incident work")
    session.say("What it waits for: incident outbox list   and: incident channel list")


def send_calls(session: Session, incident: str, lines: Lines | None = None) -> None:
    """`send_due`; a call that was refused is made by the next way at once, while there is one."""
    from incident.run import staffing

    send_due(session, lines)
    for _ in session.console().channels:
        if not staffing.hurry(session.console().station, incident):
            return
        send_due(session, lines)


def _rest(seconds: float, lines: Lines | None) -> None:
    """Waits; whoever reads lines goes on reading."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if lines is not None:
            lines.update()
        time.sleep(min(left, LOOK_SECONDS))


def say_stranded(session: Session) -> None:
    """Deliveries whose channel has vanished from incident.yaml wait for ever: somebody must know."""
    from incident.delivery import sender

    console = session.console()
    for channel in sender.stranded(console.store, console.channels, console.clock()):
        session.say(
            f"Deliveries wait for the channel '{channel}', which is not in incident.yaml any more: put it back, "
            "or end them with: incident outbox stop INCIDENT"
        )


def follow_live(session: Session, incident: str, lines: Lines | None = None, *, works: bool = True) -> None:
    """Stays: works (or only looks on), and prints the timeline as it grows, until the incident ends. Ctrl-C leaves;
    nothing is lost."""
    from incident import journal, lifecycle
    from incident.cli._timeline import line
    from incident.run import worker

    console = session.console()
    seen = 0
    while True:
        try:
            with progress(session, lines) as watch:
                if works:
                    worker.tick(console.office, console.line, threading.Event(), watch, session.say)
                watch()
        except StoreBusy as error:  # somebody holds the database; what was due is still due
            session.say(error.message)
        entries = list(journal.read(console.store, incident))
        for entry in entries[seen:]:
            session.say(line(session, entry))
        seen = len(entries)
        if lifecycle.get(console.store, incident, 0).state != "open":
            if lines is not None:
                lines.end()
            return
        time.sleep(LOOK_SECONDS)


def following(session: Session, incident: str, *, follow: bool) -> Lines | None:
    """What programs read while a command stays: lines on standard output. Nothing for people, who see bars."""
    from incident.cli._lines import lines_of

    return lines_of(session, incident) if follow and session.json else None


@contextmanager
def progress(session: Session, lines: Lines | None = None) -> Iterator[Any]:
    """A function to be called often; it looks at the ledger once or twice a second and draws where a terminal is, or
    prints `lines`."""
    import sys

    if lines is not None:
        yield lines.update
        return
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from incident.cli._outbox import wait_of
    from incident.cli._progress import Bars

    with Bars(session.console().store, lambda row: wait_of(session, row)) as bars:
        yield bars.update
