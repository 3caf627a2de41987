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

    In the transaction that freezes the newer one. Rows in a sender's hands end as they end; what comes back of them
    unsent follows (`settle_returned`, at the next look). Returns (step, rows) of each older notice.
    """
    queries = store.queries("incident.delivery.care")
    others = {row["no"]: row for row in store.queries("incident.delivery").broadcasts_of(incident=newer["incident"])}
    done = []
    for no in rule.replaced(newer, others.values()):
        store.queries("incident.delivery").locked_broadcast(no=no)
        queries.supersede(older=no, newer=newer["no"])
        queries.overtake(broadcast=no)
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


def settle_returned(store: Store) -> None:
    """What came back from a sender's hands, unsent or to be tried again, is not sent: the newer notice is out."""
    queries = store.queries("incident.delivery.care")
    back = list(queries.overtaken_back())
    if back:
        with store.transaction():
            queries.replace_range([{"older": row["broadcast"], "lo": row["lo"], "hi": row["hi"]} for row in back])
            queries.no_longer_overtaken([{"broadcast": row["broadcast"], "lo": row["lo"]} for row in back])
    for row in list(queries.superseded_deferred()):
        queries.replace_deferred(older=row["older"])


def tidy(store: Store, broadcast: int) -> None:
    """Takes away chunks that hold nothing to send any more."""
    queries = store.queries("incident.delivery.care")
    queries.drop_empty_chunks(broadcast=broadcast)
    queries.drop_settled_behind(broadcast=broadcast)
