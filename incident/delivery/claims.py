"""Taking work out of the ledger so that no two processes hold the same delivery, and taking over from the dead.

A claim is a chunk row that turns from `todo` to `open` with an owner and a lease; it stands in the database before a
byte leaves. What stood in an open chunk of a dead process without an outcome may have been sent: it is `unknown`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from incident.now import maybe_at, ms
from incident.store import Row, Store

LEASE = timedelta(seconds=30)
"""A holder that has not renewed for this long is taken for dead."""

RETRIES = 50
"""Deferred deliveries claimed at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Deliveries lo..hi of a broadcast in this process's hands: the rows as they stood when claimed.

    A first send is a stretch of rows; a retry is a chunk for each row, because what is due again lies scattered.
    """

    broadcast: Row
    lo: int
    hi: int
    retry: bool
    rows: tuple[Row, ...]

    @property
    def key(self) -> tuple[int, int]:
        return self.broadcast["no"], self.lo


def owner_name() -> str:
    """Host, process and its start time: enough to tell a dead process from a new one with the same number."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def _started(pid: int) -> str:
    """Clock ticks from boot to the start of a process; empty where the system does not tell, and for one that is dead
    and only waits for its parent to notice."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return "" if told[0] in ("Z", "X") else told[19]
    except (OSError, IndexError):
        return ""


def is_dead(owner: str) -> bool:
    """True only when the owner ran on this host and its process is surely gone; else its lease decides."""
    host, pid, started = owner.split("/")[:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(started) and _started(int(pid)) != started


def claim(store: Store, channel: str, owner: str, now: datetime, most: int) -> list[Chunk]:
    """The next chunks of a channel by lane and age, `most` of one broadcast; else deferred deliveries that are due.

    Empty when nothing is due. Those that another process takes at the same moment fall out one by one.
    """
    with store.transaction():
        return _claim_chunks(store, channel, owner, now, most) or _claim_due(store, channel, owner, now)


def _claim_chunks(store: Store, channel: str, owner: str, now: datetime, most: int) -> list[Chunk]:
    queries = store.queries("incident.delivery")
    first = queries.todo_chunk(channel=channel)
    if first is None:
        return []
    found = list(queries.todo_chunks_of(broadcast=first["broadcast"], channel=channel, most=most))
    until = ms(now + LEASE)
    won = [
        (row["lo"], row["hi"])
        for row in found
        if queries.take_chunk(broadcast=first["broadcast"], lo=row["lo"], owner=owner, lease_until=until) == 1
    ]
    return _claimed(store, first["broadcast"], won, now, retry=False) if won else []


def _claim_due(store: Store, channel: str, owner: str, now: datetime) -> list[Chunk]:
    """Due retries of one broadcast."""
    queries = store.queries("incident.delivery")
    due = list(queries.due_deliveries(channel=channel, now=ms(now), most=RETRIES))
    won = [
        (row["no"], row["no"])
        for row in due
        if row["broadcast"] == due[0]["broadcast"]
        and queries.open_retry(**row, channel=channel, owner=owner, lease_until=ms(now + LEASE)) == 1
    ]
    return _claimed(store, due[0]["broadcast"], won, now, retry=True) if won else []


def _claimed(store: Store, broadcast: int, places: list[tuple[int, int]], now: datetime, *, retry: bool) -> list[Chunk]:
    queries = store.queries("incident.delivery")
    state = "deferred" if retry else "pending"
    head = queries.broadcast_by_no(no=broadcast)
    return [
        Chunk(
            broadcast=head,
            lo=lo,
            hi=hi,
            retry=retry,
            rows=tuple(
                row
                for row in queries.claimed(broadcast=broadcast, lo=lo, hi=hi, state=state)
                if not retry or row["next_at"] <= ms(now)  # another worker may have put it off again meanwhile
            ),
        )
        for lo, hi in places
    ]


def renew(store: Store, owner: str, now: datetime) -> None:
    """Says that the owner is alive; all its claims live on."""
    store.queries("incident.delivery").renew_leases(owner=owner, lease_until=ms(now + LEASE))


def still_held(store: Store, held: Chunk, owner: str) -> bool:
    """Whether nobody took the chunk over (a process that was stopped for a minute may have lost it)."""
    row = store.queries("incident.delivery").held_chunk(broadcast=held.broadcast["no"], lo=held.lo, owner=owner)
    return row is not None


def release(store: Store, held: Chunk, owner: str, *, unsent: bool) -> None:
    """Ends a claim: a first send with rows `unsent` goes back to be claimed again, everything else is gone.

    A retry needs no way back: its row keeps its `next_at` until it has an outcome.
    """
    queries = store.queries("incident.delivery")
    key = {"broadcast": held.broadcast["no"], "lo": held.lo, "owner": owner}
    if unsent and not held.retry:
        queries.put_back(**key)
    else:
        queries.drop_chunk(**key)


def take_over(store: Store, now: datetime, on_unknown: Callable[[str], str]) -> int:
    """Settles what dead processes left: each delivery without an outcome is `unknown`, on record as an attempt.

    `on_unknown(channel)` is the channel's policy: `resend` (due again now, with the same identity) or `hold` (a person
    decides). Returns how many deliveries were unknown.
    """
    queries = store.queries("incident.delivery")
    found = 0
    for chunk in list(queries.open_chunks()):
        if chunk["lease_until"] > ms(now) and not is_dead(chunk["owner"]):
            continue
        with store.transaction():
            broadcast = queries.locked_broadcast(no=chunk["broadcast"])
            key = {name: chunk[name] for name in ("broadcast", "lo", "owner", "lease_until")}
            if queries.drop_dead_chunk(**key) != 1:  # somebody else was first
                continue
            state = "deferred" if chunk["retry"] else "pending"
            rows = list(queries.claimed(broadcast=chunk["broadcast"], lo=chunk["lo"], hi=chunk["hi"], state=state))
            for row in rows:
                _unknown(store, row, now, again=on_unknown(chunk["channel"]) == "resend")
            if broadcast["state"] == "stopped":
                queries.settle_unclaimed(broadcast=chunk["broadcast"], state="suppressed", reason=broadcast["reason"])
            found += len(rows)
    return found


def _unknown(store: Store, row: Row, now: datetime, *, again: bool) -> None:
    """Writes down an attempt whose outcome nobody knows, and what follows from it."""
    queries = store.queries("incident.delivery")
    queries.keep_attempt(broadcast=row["broadcast"], no=row["no"])
    lost = {"state": "unknown", "reason": "process_died", "ended_at": ms(now)}
    nothing = dict.fromkeys(("started_at", "next_at", "code", "words"))
    queries.write_outcomes([{**nothing, **lost, "broadcast": row["broadcast"], "no": row["no"]}])
    if again:
        send_again(store, row["broadcast"], row["no"], now)


def earliest_end(store: Store) -> datetime | None:
    """When the first lease ends if nobody renews it: then what its holder left is taken over. None without claims."""
    return maybe_at(store.queries("incident.delivery").first_lease()["due"])


def send_again(store: Store, broadcast: int, no: int, now: datetime) -> None:
    """Makes an `unknown` delivery due again; that it was unknown stays on record as an attempt."""
    queries = store.queries("incident.delivery")
    queries.keep_attempt(broadcast=broadcast, no=no)
    queries.make_due(broadcast=broadcast, no=no, next_at=ms(now))
