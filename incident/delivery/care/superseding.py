"""A newer notice takes the place of older ones, in the ledger."""

from __future__ import annotations

from datetime import datetime

from incident.delivery.care.fallback import stretches
from incident.delivery.rules import supersede as rule
from incident.now import ms
from incident.store import Row, Store

_CHUNKS = 5_000
"""Chunks looked at in one go: a million of small ones must not stand in memory."""


def supersede(store: Store, newer: Row, now: datetime) -> list[tuple[str, int]]:
    """Suppresses what older notices of the incident have not sent yet to whom the newer one goes by the same channel.

    In the transaction that freezes the newer one. Rows in a sender's hands end as they end; those that come back
    unsent follow (`settle_range`, and the next look for what was put off). Returns (step, rows) of each older notice.
    """
    queries = store.queries("incident.delivery.care")
    others = {row["no"]: row for row in store.queries("incident.delivery").broadcasts_of(incident=newer["incident"])}
    done = []
    for no in rule.replaced(newer, others.values()):
        store.queries("incident.delivery").locked_broadcast(no=no)
        queries.supersede(older=no, newer=newer["no"])
        rows = _settle_unclaimed(store, no)
        tidy(store, no)
        store.queries("incident.delivery").finish_held(no=no, now=ms(now))
        if rows:
            done.append((str(others[no]["step"]), rows))
    return done


def _settle_unclaimed(store: Store, older: int) -> int:
    """Suppresses what nobody has in hand, chunk by chunk, and what waits for a retry."""
    queries = store.queries("incident.delivery.care")
    rows, after = 0, 0
    while chunks := list(queries.unclaimed_after(broadcast=older, after=after, most=_CHUNKS)):
        after = chunks[-1]["lo"]
        rows += queries.replace_range([{"older": older, "lo": lo, "hi": hi} for lo, hi in stretches(chunks)])
    return rows + int(queries.replace_behind(older=older)) + int(queries.replace_deferred(older=older))


def settle_deferred(store: Store) -> None:
    """What came back from a sender's hands to be tried again is not: the newer notice has been told."""
    queries = store.queries("incident.delivery.care")
    for row in list(queries.superseded_deferred()):
        queries.replace_deferred(older=row["older"])


def settle_range(store: Store, broadcast: int, lo: int, hi: int) -> int:
    """What came back unsent of a notice that was superseded meanwhile is suppressed too. Returns how many rows."""
    queries = store.queries("incident.delivery.care")
    if queries.superseded(older=broadcast) is None:
        return 0
    return int(queries.replace_range([{"older": broadcast, "lo": lo, "hi": hi}]))


def tidy(store: Store, broadcast: int) -> None:
    """Takes away chunks that hold nothing to send any more."""
    queries = store.queries("incident.delivery.care")
    queries.drop_empty_chunks(broadcast=broadcast)
    queries.drop_settled_behind(broadcast=broadcast)
