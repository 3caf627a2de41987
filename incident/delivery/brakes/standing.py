"""The breakers in the ledger: one for each account, seen and set by senders of many processes and machines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incident.channel.port import Outcome
from incident.delivery.brakes.breaker import FREE, LEASE, Breaker, Pass, judge_all, may_pass
from incident.delivery.brakes.skew import gone_back
from incident.now import maybe_at, maybe_ms, ms
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account that is stopped, for people: why, since when, and when the next probe goes. `probing`: one is under
    way."""

    account: str
    reason: str
    code: str
    words: str
    since: datetime
    until: datetime
    probing: bool


def allowed(store: Store, account: str, now: datetime, owner: str) -> Pass:
    """What `owner` (one sender) may start on the account now. A `probe` is taken by this, for one delivery: `told` says
    what came of it, `leave` that there was nothing to send. Asked again, the same owner gets the same probe again."""
    row = store.queries("incident.delivery.brakes").breaker(account=account)
    if row is None:
        return Pass(may="all")
    seen = may_pass(_breaker(row, now), now, owner)
    return seen if seen.may != "probe" else _take_probe(store, account, now, owner)


def _take_probe(store: Store, account: str, now: datetime, owner: str) -> Pass:
    """The probe, unless somebody else was faster."""
    with store.transaction():
        breaker = _locked(store, account, now)
        seen = may_pass(breaker, now, owner)
        if seen.may == "probe":
            _write(store, account, replace(breaker, prober=owner, lease_until=now + LEASE), now)
    return seen


def told(store: Store, account: str, owner: str, outcomes: Sequence[Outcome], now: datetime) -> None:
    """What `owner` heard on the account, in order; best in the transaction that keeps the outcomes. While the account
    is free and all is well, it reads one row that is not there."""
    with store.transaction():
        before = _locked(store, account, now)
        if judge_all(outcomes, before, now, owner=owner) == before:
            return
        store.queries("incident.delivery.brakes").add_breaker(account=account, now=ms(now))
        before = _locked(store, account, now)  # where there was no row to lock, another process may have been first
        _write(store, account, judge_all(outcomes, before, now, owner=owner), now)


def leave(store: Store, account: str, owner: str, now: datetime) -> None:
    """Gives back a probe that was taken and not used, so that nobody waits for its lease to end."""
    with store.transaction():
        breaker = _locked(store, account, now)
        if breaker.probed_by(owner):
            _write(store, account, replace(breaker, prober="", lease_until=None), now)


def next_probe(store: Store, accounts: Collection[str], now: datetime) -> datetime | None:
    """When the first of these accounts may be tried again; None when none is stopped."""
    ends = [_end(_breaker(row, now), now) for row in _stopped(store) if row["account"] in accounts]
    return min((end for end in ends if end is not None), default=None)


def states(store: Store, now: datetime) -> list[Standing]:
    """The accounts that are stopped, by name."""
    return [standing for row in _stopped(store) if (standing := _standing(row, now)) is not None]


def _standing(row: Row, now: datetime) -> Standing | None:
    breaker = _breaker(row, now)
    end = _end(breaker, now)
    if end is None or breaker.since is None:
        return None
    return Standing(
        account=row["account"],
        reason=breaker.reason,
        code=breaker.code,
        words=breaker.words,
        since=breaker.since,
        until=end,
        probing=_probing(breaker, now),
    )


def _stopped(store: Store) -> list[Row]:
    return list(store.queries("incident.delivery.brakes").open_breakers())


def _end(breaker: Breaker, now: datetime) -> datetime | None:
    """When somebody may try next."""
    return breaker.lease_until if _probing(breaker, now) else breaker.until


def _probing(breaker: Breaker, now: datetime) -> bool:
    return bool(breaker.prober) and breaker.lease_until is not None and breaker.lease_until > now


def _locked(store: Store, account: str, now: datetime) -> Breaker:
    row = store.queries("incident.delivery.brakes").locked_breaker(account=account)
    return FREE if row is None else _breaker(row, now)


def _breaker(row: Row, now: datetime) -> Breaker:
    move = timedelta(milliseconds=gone_back(row["written_at"], ms(now)))
    since, until, lease_until = (maybe_at(row[name]) for name in ("since", "open_until", "lease_until"))
    return Breaker(
        reason=row["reason"],
        code=row["code"],
        words=row["words"],
        failures=row["failures"],
        trips=row["trips"],
        asked=bool(row["asked"]),
        since=since and since + move,
        until=until and until + move,
        prober=row["prober"],
        lease_until=lease_until and lease_until + move,
    )


def _write(store: Store, account: str, breaker: Breaker, now: datetime) -> None:
    queries = store.queries("incident.delivery.brakes")
    if breaker == FREE:
        queries.close_breaker(account=account)
        return
    queries.write_breaker(
        account=account,
        reason=breaker.reason,
        code=breaker.code,
        words=breaker.words,
        failures=breaker.failures,
        trips=breaker.trips,
        asked=int(breaker.asked),
        since=maybe_ms(breaker.since),
        open_until=maybe_ms(breaker.until),
        prober=breaker.prober,
        lease_until=maybe_ms(breaker.lease_until),
        now=ms(now),
    )
