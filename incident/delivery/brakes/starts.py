"""Reserving starts in the ledger: senders of many processes and machines on one account stand in one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from incident.channel.spec import Rate
from incident.delivery.brakes import rate
from incident.delivery.brakes.meter import Meter, Quota, Spread
from incident.delivery.brakes.skew import gone_back
from incident.now import ms
from incident.store import Row, Store


def reserve(
    store: Store,
    account: str,
    rates: Sequence[Rate],
    now: datetime,
    count: int,
    *,
    urgent: bool = False,
    within: timedelta | None = None,
) -> tuple[int, ...]:
    """Instants (ms, ascending) at which the next `count` deliveries of the account may start.

    In the caller's transaction. Of all starts reserved by anybody there are never more than `most` in any stretch of
    `per`, for each of `rates`. `urgent` may use the reserve. With `within`, only starts no further away than that are
    reserved: fewer than `count` or none; `next_start` tells when to ask again.
    """
    if not rates:
        return (ms(now),) * count
    with store.transaction():
        meters = _read(store, account, rates, ms(now))
        until = None if within is None else ms(now + within)
        starts = rate.grant(meters, ms(now), count, urgent=urgent, until=until)
        if starts:
            _write(store, account, meters, ms(now))
    return tuple(starts)


def next_start(store: Store, account: str, rates: Sequence[Rate], now: datetime, *, urgent: bool = False) -> int:
    """When (ms) the next start would be granted; reserves nothing."""
    rows = store.queries("incident.delivery.brakes").paces(account=account)
    return rate.next_start(_metered(rates, rows, ms(now)), ms(now), urgent=urgent)


def give_back(store: Store, account: str, rates: Sequence[Rate], now: datetime, starts: Sequence[int]) -> None:
    """Takes back starts that were reserved and not used. Of an even line only the last can be taken back, before
    anybody has queued behind them; the others are lost. Not for urgent ones: who knows where those were counted."""
    if not rates or not starts:
        return
    with store.transaction():
        meters = _read(store, account, rates, ms(now))
        for at in sorted(starts, reverse=True):
            for meter in meters:
                meter.line.give_back(at)
        _write(store, account, meters, ms(now))


def _read(store: Store, account: str, rates: Sequence[Rate], now: int) -> list[Meter]:
    """The account's meters as they stand, their rows locked (in the order of windows) until the transaction ends."""
    queries = store.queries("incident.delivery.brakes")
    rows = list(queries.locked_paces(account=account))
    missing = {one.per for one in rate.meters(rates)} - {row["per"] for row in rows}
    if missing:  # another process may make the same rows at this moment
        queries.add_pace([{"account": account, "per": per, "now": now} for per in sorted(missing)])
        rows = list(queries.locked_paces(account=account))
    return _metered(rates, rows, now)


def _metered(rates: Sequence[Rate], rows: Iterable[Row], now: int) -> list[Meter]:
    meters = rate.meters(rates)
    found = {row["per"]: row for row in rows}
    for meter in meters:
        if meter.per in found:
            _fill(meter, found[meter.per], now)
    return meters


def _fill(meter: Meter, row: Row, now: int) -> None:
    move = gone_back(row["written_at"], now)
    if isinstance(meter.line, Spread):
        meter.line.next_at = row["next_at"] + move * 1_000_000
    else:
        meter.line.fill(_counted(row["used"]), move)
    meter.reserve.fill(_counted(row["reserve"]), move)


def _counted(stored: str) -> dict[int, int]:
    return {int(at): count for at, count in json.loads(stored).items()}


def _write(store: Store, account: str, meters: Sequence[Meter], now: int) -> None:
    store.queries("incident.delivery.brakes").write_pace(
        [
            {
                "account": account,
                "per": meter.per,
                "next_at": meter.line.next_at if isinstance(meter.line, Spread) else 0,
                "used": json.dumps(meter.line.kept(now)) if isinstance(meter.line, Quota) else "{}",
                "reserve": json.dumps(meter.reserve.kept(now)),
                "now": now,
            }
            for meter in meters
        ]
    )
