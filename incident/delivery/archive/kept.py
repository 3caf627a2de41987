"""What is kept of an archived broadcast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incident.now import at
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the rows are now. `rows` were counted when they left, `once_unknown` of them in flight at a crash."""

    file: str
    sha256: str
    at: datetime
    rows: int
    once_unknown: int


def of(store: Store, broadcast: int) -> Kept | None:
    """None while the rows stand in the ledger."""
    row = store.queries("incident.delivery.archive").of_broadcast(broadcast=broadcast)
    if row is None:
        return None
    return Kept(
        file=row["file"],
        sha256=row["sha256"],
        at=at(row["at"]),
        rows=int(row["rows_"]),
        once_unknown=int(row["once_unknown"]),
    )


def sums(store: Store, broadcast: int) -> list[Row]:
    """How many rows of each channel, locale, state and reason there were."""
    return list(store.queries("incident.delivery.archive").sums(broadcast=broadcast))
