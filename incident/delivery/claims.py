"""Taking work out of the ledger so that no two processes hold the same delivery.

A claim is a chunk row that turns from `todo` to `open` with an owner and a lease; it stands in the database before a
byte leaves. What stood in an open chunk of a dead process without an outcome may have been sent: it is `unknown`.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from incident.now import maybe_at, ms
from incident.store import Row, Store

LEASE = timedelta(seconds=30)
"""A holder that has not renewed for this long is taken for dead."""

ROWS = 50
"""Deliveries in one chunk at most; a sender takes as many chunks as its channel is fast."""

RETRIES = 10
"""Deferred deliveries claimed for each chunk that a sender would claim of first sends."""


class Due(NamedTuple):
    """A row of the ledger as it stood when it was claimed, with what the passes ask about its recipient.

    The columns of the queries `claimed` and `claimed_again`, in their order.
    """

    no: int
    recipient: str
    locale: str
    address: str
    name: str
    copy: int
    attempts: int
    opt_out: str
    chosen: str
    suppressed_for: str | None
    rehearses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Deliveries lo..hi of a broadcast in this process's hands.

    A first send is a stretch of rows; a retry is a chunk for each row, because what is due again lies scattered.
    """

    broadcast: Row
    lo: int
    hi: int
    retry: bool
    rows: tuple[Due, ...]

    @property
    def no(self) -> int:
        """The broadcast's number."""
        return int(self.broadcast["no"])

    @property
    def key(self) -> tuple[int, int]:
        return self.broadcast["no"], self.lo


class Wanted(NamedTuple):
    """What a sender asks for: at most so many chunks of one broadcast on its channel."""

    channel: str
    owner: str
    chunks: int
    retries_first: bool = False


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


_GIVEN_UP: set[str] = set()


def give_up(claimant: str) -> None:
    """A sender of this process has failed: what it holds may be taken over as if its process had died."""
    _GIVEN_UP.add(claimant)


def is_dead(owner: str) -> bool:
    """True only when the owner ran on this host and is surely gone, alone or with its process; else its lease
    decides."""
    if owner in _GIVEN_UP:
        return True
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


def claim(store: Store, wanted: Wanted, now: datetime, shares: Counter[int]) -> list[Chunk]:
    """The next chunks of a channel, else deferred deliveries that are due; all of one broadcast.

    A lower lane goes first; in a lane, the broadcast of which `shares` counts the fewest rows. Empty when nothing is
    due. What another process takes at the same moment falls out.
    """
    ways = (_claim_chunks, _claim_due)
    with store.transaction():
        for way in reversed(ways) if wanted.retries_first else ways:
            chunks = way(store, wanted, now, shares)
            if chunks:
                shares[chunks[0].no] += sum(len(chunk.rows) for chunk in chunks)
                return chunks
    return []


def is_urgent_waiting(store: Store, channel: str, now: datetime) -> bool:
    """Whether a page or an approval request waits for this channel."""
    return store.queries("incident.delivery").urgent_todo(channel=channel, now=ms(now)) is not None


def _in_turn(rows: Iterable[Row], shares: Counter[int]) -> list[Row]:
    """Broadcasts by lane, then by share. One that is new begins with the smallest share of the others, not at nothing:
    else it would have the line for itself until it had caught up."""
    found = list(rows)
    known = [shares[row["no"]] for row in found if row["no"] in shares]
    for row in found:
        shares.setdefault(row["no"], min(known, default=0))
    return sorted(found, key=lambda row: (row["lane"], shares[row["no"]], row["no"]))


def _claim_chunks(store: Store, wanted: Wanted, now: datetime, shares: Counter[int]) -> list[Chunk]:
    queries = store.queries("incident.delivery")
    until = ms(now + LEASE)
    for row in _in_turn(queries.todo_broadcasts(channel=wanted.channel, now=ms(now)), shares):
        broadcast = queries.locked_broadcast(no=row["no"])
        if broadcast["state"] != "sending":
            continue
        taken = queries.take_chunks(
            broadcast=row["no"], channel=wanted.channel, owner=wanted.owner, lease_until=until, most=wanted.chunks
        )
        places = sorted((one["lo"], one["hi"]) for one in taken)
        if places:
            return _with_rows(store, broadcast, places)
    return []


def _with_rows(store: Store, broadcast: Row, places: list[tuple[int, int]]) -> list[Chunk]:
    """The chunks with their rows; neighbours are read at once."""
    chunks = []
    for stretch in _stretches(places):
        found = store.tuples(
            "incident.delivery", "claimed", broadcast=broadcast["no"], lo=stretch[0][0], hi=stretch[-1][1]
        )
        rows = list(map(Due._make, found))
        at = 0
        for lo, hi in stretch:
            first = at
            while at < len(rows) and rows[at].no <= hi:
                at += 1
            chunks.append(Chunk(broadcast=broadcast, lo=lo, hi=hi, retry=False, rows=tuple(rows[first:at])))
    return chunks


def _stretches(places: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    stretches: list[list[tuple[int, int]]] = []
    for place in places:
        if stretches and stretches[-1][-1][1] + 1 == place[0]:
            stretches[-1].append(place)
        else:
            stretches.append([place])
    return stretches


def _claim_due(store: Store, wanted: Wanted, now: datetime, shares: Counter[int]) -> list[Chunk]:
    """Due retries of one broadcast."""
    queries = store.queries("incident.delivery")
    until = ms(now + LEASE)
    most = RETRIES * wanted.chunks
    for row in _in_turn(queries.due_broadcasts(channel=wanted.channel, now=ms(now)), shares):
        broadcast = queries.locked_broadcast(no=row["no"])
        if broadcast["state"] != "sending":
            continue
        place = {"broadcast": row["no"], "channel": wanted.channel, "owner": wanted.owner, "lease_until": until}
        won = {one["lo"] for one in queries.open_retries(**place, now=ms(now), most=most)}
        if won:
            return _again(store, broadcast, wanted.owner, won, now)
    return []


def _again(store: Store, broadcast: Row, owner: str, won: Collection[int], now: datetime) -> list[Chunk]:
    """A chunk for each retry. Another worker may have settled the row, or put it off again, before we had it: then the
    chunk has no rows."""
    found = store.tuples("incident.delivery", "claimed_again", broadcast=broadcast["no"], owner=owner, now=ms(now))
    rows = {row.no: row for row in map(Due._make, found)}
    return [
        Chunk(broadcast=broadcast, lo=no, hi=no, retry=True, rows=(rows[no],) if no in rows else ())
        for no in sorted(won)
    ]


def may_go_on(store: Store, owner: str, in_hand: Collection[tuple[int, int]], now: datetime) -> bool:
    """Whether all that a sender holds may still be sent: nobody took it over (a process that was stopped for a minute
    may have lost it), and no broadcast of it was held or stopped, or has expired."""
    queries = store.queries("incident.delivery")
    held = {(row["broadcast"], row["lo"]) for row in queries.held_chunks(owner=owner)}
    if not held.issuperset(in_hand):
        return False
    for no in {no for no, _ in in_hand}:
        broadcast = queries.broadcast_by_no(no=no)
        expires = maybe_at(broadcast["expires_at"])
        if broadcast["state"] != "sending" or (expires is not None and now >= expires):
            return False
    return True


def senders_on(store: Store, channel: str) -> int:
    """How many senders hold something of a channel, this one included, at least one."""
    return max(1, int(store.queries("incident.delivery").senders_on(channel=channel)["senders"]))


def renew(store: Store, owner: str, now: datetime) -> None:
    """Says that the owner is alive; all its claims live on, and what they belong to is not stale."""
    queries = store.queries("incident.delivery")
    queries.renew_leases(owner=owner, lease_until=ms(now + LEASE))
    queries.mark_active(owner=owner, now=ms(now))


def finish(store: Store, chunks: Collection[Chunk], owner: str) -> None:
    """Ends claims whose rows all have an outcome. Of a broadcast that was stopped meanwhile, what is left is settled:
    also what was deferred."""
    _end(store, chunks, owner, "drop_chunks")


def give_back(store: Store, chunks: Collection[Chunk], owner: str) -> None:
    """Ends claims with rows unsent: a first send can be claimed again. A retry needs no way back: its row keeps its
    `next_at` until it has an outcome."""
    _end(store, [chunk for chunk in chunks if chunk.retry], owner, "drop_chunks")
    _end(store, [chunk for chunk in chunks if not chunk.retry], owner, "put_back")


def _end(store: Store, chunks: Collection[Chunk], owner: str, how: str) -> None:
    if not chunks:
        return
    queries = store.queries("incident.delivery")
    broadcasts = [queries.locked_broadcast(no=no) for no in sorted({chunk.no for chunk in chunks})]
    stopped = {row["no"]: row["reason"] for row in broadcasts if row["state"] == "stopped"}
    places = [{"broadcast": chunk.no, "lo": chunk.lo, "owner": owner} for chunk in chunks]
    getattr(queries, how)([place for place in places if place["broadcast"] not in stopped])
    queries.drop_chunks([place for place in places if place["broadcast"] in stopped])
    for no, reason in stopped.items():
        queries.settle_unclaimed(broadcast=no, state="suppressed", reason=reason)


def earliest_end(store: Store) -> datetime | None:
    """When the first lease ends if nobody renews it: then what its holder left is taken over. None without claims."""
    return maybe_at(store.queries("incident.delivery").first_lease()["due"])


def send_again(store: Store, broadcast: int, no: int, now: datetime) -> None:
    """Makes an `unknown` delivery due again; that it was unknown stays on record as an attempt."""
    queries = store.queries("incident.delivery")
    queries.keep_attempts([{"broadcast": broadcast, "no": no}])
    queries.make_due(broadcast=broadcast, no=no, next_at=ms(now))
