"""The real program as a process that can be killed, and what must be true after it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from incident.delivery.reconcile import reconcile
from incident.store import Store

PATIENCE = 60.0
"""Seconds after which a process that should have ended is an error of the test."""


class Receiver(Protocol):
    """A server that takes mail and can tell what it took, in order: (address, Message-ID)."""

    @property
    def url(self) -> str: ...
    @property
    def count(self) -> int: ...
    def mails(self) -> list[tuple[str, str]]: ...


def start(folder: Path, *args: str, said: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """`python -m incident ARGS` in the workspace, in the background. What it says to people goes to `said`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INCIDENT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "incident", "--workspace", str(folder), *args],
        env=clean,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
    )


def finish(process: subprocess.Popen[bytes], *allowed: int) -> int:
    """Waits for its end; the exit code must be 0 or one of `allowed`."""
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in (0, *allowed), err.decode()
    return process.returncode


def kill(process: subprocess.Popen[bytes]) -> bool:
    """kill -9; whether it still lived."""
    alive = process.poll() is None
    process.kill()
    process.communicate(timeout=PATIENCE)
    return alive


def until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Waits for something, or for the end of the process."""
    give_up = time.monotonic() + PATIENCE
    while not true() and process.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.002)


def adds_up(store: Store, audience: int, incident: str) -> Counter[str]:
    """The ledger reconciles, also the moment after a kill; returns the columns of all notices."""
    sums = [one for one in reconcile(store, incident) if one.is_notice]
    assert all(one.total.adds_up for one in sums)
    assert sum(one.total.audience for one in sums) == audience
    return sum((one.total.counts for one in sums), Counter())


def unknown_ids(store: Store, incident: str) -> set[str]:
    """Message-IDs of the deliveries that the ledger calls unknown, now or once."""
    found = store.execute(
        """SELECT b.id AS id, a.delivery AS no FROM attempt a JOIN broadcast b ON b.no = a.broadcast
        WHERE a.state = 'unknown' AND b.incident = :incident
        UNION SELECT b.id, d.no FROM delivery d JOIN broadcast b ON b.no = d.broadcast
        WHERE d.state = 'unknown' AND b.incident = :incident""",
        {"incident": incident},
    ).fetchall()
    return {f"<{row['id']}.{row['no']}@wallet.example>" for row in found}


def in_hand(store: Store) -> int:
    """Deliveries that are claimed and have no outcome: if nobody lives who claimed them, they are unknown."""
    found = store.execute(
        """SELECT count(*) AS rows_ FROM chunk c JOIN delivery d ON d.broadcast = c.broadcast
        AND d.no BETWEEN c.lo AND c.hi AND d.state = CASE WHEN c.retry = 1 THEN 'deferred' ELSE 'pending' END
        WHERE c.state = 'open'"""
    ).fetchone()
    return int(found["rows_"])


def nothing_lost_nothing_unexplained(store: Store, sink: Receiver, people: int, incident: str) -> int:
    """Everybody was written to; who was twice is one whom the ledger calls unknown, by the same Message-ID.
    Returns how many came twice."""
    mails = sink.mails()
    ids = Counter(message_id for _, message_id in mails)
    by_person: dict[str, set[str]] = {}
    for address, message_id in mails:
        by_person.setdefault(address, set()).add(message_id)
    assert len(by_person) == people, "somebody was lost"
    assert all(len(known) == 1 for known in by_person.values()), "a second mail with another Message-ID"
    twice = {message_id for message_id, count in ids.items() if count > 1}
    assert twice <= unknown_ids(store, incident), "a duplicate that the ledger does not call unknown"
    return len(twice)


@contextmanager
def both(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Kills what is left at the end, whatever happens."""
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()
