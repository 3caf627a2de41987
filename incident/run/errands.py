"""Errands: what was intended outside of this program and has no outcome yet. One process has each in its hands.

An errand is `todo` until a process takes it: one conditional update, durable before anything is done. Its lease is
renewed while it lives. When the lease ends, or the process is known to be dead, the outcome is `lost`: nobody knows. A
process that has lost its errand writes nothing: the fence is counted up with every hand that it came into.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.delivery import claims
from incident.now import at, maybe_at, ms
from incident.outside.request import Request, dump, load
from incident.run.history import Event
from incident.store import Row, Store

LEASE = timedelta(seconds=15)
"""A holder that has not renewed for this long is taken for dead."""

_QUERIES = "incident.run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """An errand in this process's hands. `no` is the event of its intent."""

    run: str
    incident: str
    step: str
    no: int
    owner: str
    fence: int


def add(store: Store, run: str, event: Event, request: Request) -> None:
    """Something to be done, in the transaction that writes its intent."""
    store.queries(_QUERIES).insert_errand(run=run, no=event.no, step=event.step, request=dump(request), at=ms(event.at))


def to_begin(store: Store, now: datetime, most: int) -> list[Row]:
    """Errands that nobody has begun, the oldest first; not those of paused runs."""
    return list(store.queries(_QUERIES).errands_to_begin(now=ms(now), most=most))


def begin(store: Store, row: Row, owner: str, now: datetime) -> Errand | None:
    """Takes an errand into this process's hands; None when another was first."""
    taken = store.queries(_QUERIES).begin_errand(
        run=row["run"], no=row["no"], fence=row["fence"], owner=owner, lease_until=ms(now + LEASE)
    )
    return _errand(row, owner, row["fence"] + 1) if taken == 1 else None


def request_of(store: Store, errand: Errand) -> Request | None:
    """What is to be done; None when the errand is in other hands by now."""
    row = store.queries(_QUERIES).errand_in_hand(run=errand.run, no=errand.no, owner=errand.owner, fence=errand.fence)
    return load(row["request"]) if row is not None else None


def renew(store: Store, errand: Errand, now: datetime) -> bool:
    """Keeps it for another lease; False when it is in other hands."""
    kept: int = store.queries(_QUERIES).renew_errand(
        run=errand.run, no=errand.no, owner=errand.owner, fence=errand.fence, lease_until=ms(now + LEASE)
    )
    return kept == 1


def end(store: Store, errand: Errand) -> bool:
    """Lays it down, in the transaction that writes its outcome; False when it is in other hands: then write nothing."""
    ended: int = store.queries(_QUERIES).end_errand(
        run=errand.run, no=errand.no, owner=errand.owner, fence=errand.fence
    )
    return ended == 1


def withdraw(store: Store, row: Row) -> bool:
    """Takes back an errand that nobody has begun."""
    gone: int = store.queries(_QUERIES).withdraw_errand(run=row["run"], no=row["no"])
    return gone == 1


def lost(store: Store, now: datetime) -> Iterator[Errand]:
    """Errands whose holder is dead, or has not renewed its lease."""
    for row in list(store.queries(_QUERIES).open_errands()):
        if at(row["lease_until"]) <= now or claims.is_dead(row["owner"]):
            yield _errand(row, row["owner"], row["fence"])


def earliest_due(store: Store) -> datetime | None:
    """When an errand wants to be begun, or the first lease ends."""
    return maybe_at(store.queries(_QUERIES).earliest_errand()["due"])


def _errand(row: Row, owner: str, fence: int) -> Errand:
    return Errand(run=row["run"], incident=row["incident"], step=row["step"], no=row["no"], owner=owner, fence=fence)
