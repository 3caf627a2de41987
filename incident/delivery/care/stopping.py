"""What was not sent of a stopped broadcast, settled piece by piece: nobody else waits long for the database.

The broadcast's state stops every sender at once; its chunks say what is left to settle, also after a crash in between.
"""

from __future__ import annotations

from incident.delivery.care.fallback import stretches
from incident.store import Store

_CHUNKS = 400


def unsent(store: Store, broadcast: int) -> int:
    """How many rows are neither settled nor in a sender's hands."""
    return int(store.queries("incident.delivery.care").unsent(broadcast=broadcast)["rows_"])


def settle(store: Store, broadcast: int) -> None:
    """Suppresses what is left of a stopped broadcast, with the reason it was stopped for. What is in a sender's hands
    follows when that ends; what has gone back since, with the next look."""
    queries = store.queries("incident.delivery.care")
    reason = queries.broadcast(no=broadcast)["reason"]
    while True:
        with store.transaction():
            chunks = list(queries.unclaimed_chunks(broadcast=broadcast, most=_CHUNKS))
            places = [{"broadcast": broadcast, "lo": lo, "hi": hi} for lo, hi in stretches(chunks)]
            if not places:
                queries.settle_deferred(broadcast=broadcast, reason=reason)
                queries.settle_behind(broadcast=broadcast, reason=reason)
                queries.drop_behind(broadcast=broadcast)
                return
            settled = {"state": "suppressed", "reason": reason}
            store.queries("incident.delivery").settle_places([{**place, **settled} for place in places])
            queries.drop_unclaimed(places)


def settle_left(store: Store) -> None:
    """Goes on where somebody who stopped a broadcast was interrupted."""
    for row in list(store.queries("incident.delivery.care").left_stopped()):
        settle(store, row["no"])
