"""The sum that always adds up.

audience = accepted + refused + suppressed + deduplicated + expired + unknown + pending
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from incident.delivery import archive
from incident.delivery.archive import Kept
from incident.delivery.model import LANES, PENDING
from incident.store import Row, Store

COLUMNS = ("accepted", "refused", "suppressed", "deduplicated", "expired", "unknown", "pending")


FEW = 16
"""Kinds of rows that are counted in one pass without sorting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Ledger rows (broadcast x recipient x channel) by what became of them.

    `audience` is what was frozen, not what is there: that is what makes `adds_up` a check.
    """

    audience: int
    counts: Counter[str]
    reasons: Counter[str]

    @property
    def adds_up(self) -> bool:
        return self.audience == sum(self.counts[column] for column in COLUMNS)

    def to_json(self) -> dict[str, Any]:
        return {
            "audience": self.audience,
            **{column: self.counts[column] for column in COLUMNS},
            "adds_up": self.adds_up,
            "reasons": dict(sorted(self.reasons.items())),
        }

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            audience=self.audience + other.audience,
            counts=self.counts + other.counts,
            reasons=self.reasons + other.reasons,
        )


EMPTY = Sum(audience=0, counts=Counter(), reasons=Counter())


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastSum:
    """One broadcast's sum, by channel and by locale. `once_unknown` rows were in flight at a crash at some time.
    `archived` tells where its rows are, when they have left the ledger: then these are the sums of that day."""

    broadcast: Row
    total: Sum
    channels: dict[str, Sum]
    locales: dict[str, Sum]
    once_unknown: int
    archived: Kept | None = None

    @property
    def is_notice(self) -> bool:
        return bool(self.broadcast["lane"] == LANES["notice"])


def reconcile(store: Store, incident: str) -> list[BroadcastSum]:
    """The sums of an incident's broadcasts, oldest first; pages and approval requests too (`is_notice` tells)."""
    queries = store.queries("incident.delivery")
    with store.transaction():  # one moment for all of them
        return [sum_of(store, row) for row in list(queries.broadcasts_of(incident=incident))]


def sum_of(store: Store, broadcast: Row) -> BroadcastSum:
    """One broadcast's sum."""
    queries = store.queries("incident.delivery")
    channels: dict[str, Sum] = {}
    locales: dict[str, Sum] = {}
    for row in kinds(store, broadcast["no"]):
        part = _part(row)
        channels[row["channel"]] = channels.get(row["channel"], EMPTY) + part
        locales[row["locale"]] = locales.get(row["locale"], EMPTY) + part
    added = sum(channels.values(), EMPTY)
    kept = archive.of(store, broadcast["no"])
    unknown = kept.once_unknown if kept else int(queries.once_unknown(broadcast=broadcast["no"])["rows_"])
    return BroadcastSum(
        broadcast=broadcast,
        total=Sum(audience=_frozen(store, broadcast, kept), counts=added.counts, reasons=added.reasons),
        channels=channels,
        locales=locales,
        once_unknown=unknown,
        archived=kept,
    )


def _frozen(store: Store, broadcast: Row, kept: Kept | None) -> int:
    """How many rows the broadcast had when it was frozen.

    1. What the timeline says of a notice: its rows can be deleted, the journal cannot be changed unseen. 2. Of messages
    to staff, which no line of it releases: the highest number, because rows are numbered from 1 without a gap. 3. What
    is archived has its number with the file's hash.
    """
    queries = store.queries("incident.delivery")
    for row in queries.releases_of(incident=broadcast["incident"]):
        told = json.loads(row["detail"])
        if told.get("step") == broadcast["step"] and "rows" in told:
            return int(told["rows"])
    return kept.rows if kept else int(queries.highest_delivery(broadcast=broadcast["no"])["no"])


def kinds(store: Store, broadcast: int) -> list[Row]:
    """How many rows of each channel, locale, state and reason.

    1. Which kinds there are is found without sorting; when they are few, one pass counts them all. 2. When they are
    many, or one came up meanwhile, the database sorts: twice as long. 3. Of what is archived the sums are kept.
    """
    if archive.of(store, broadcast) is not None:
        return archive.sums(store, broadcast)
    queries = store.queries("incident.delivery")
    kinds = list(queries.kinds(broadcast=broadcast))
    if 0 < len(kinds) <= FEW:
        sql, values = _count_of_each(kinds)
        counted = store.execute(sql, {"broadcast": broadcast, **values}).fetchone()
        found = [{**kind, "rows_": counted[f"kind_{index}"]} for index, kind in enumerate(kinds)]
        if sum(row["rows_"] for row in found) == counted["rows_"]:
            return found
    return list(queries.sums(broadcast=broadcast))


def _count_of_each(kinds: list[Row]) -> tuple[str, dict[str, Any]]:
    """One pass over the ledger, and its parameters: a column for each kind, and all rows."""
    columns, values = [], {}
    for index, kind in enumerate(kinds):
        tests = []
        for column in ("state", "locale", "channel", "reason"):
            name = f"{column}_{index}"
            tests.append(f"{column} IS NULL" if kind[column] is None else f"{column} = :{name}")
            values[name] = kind[column]
        columns.append(f"count(*) FILTER (WHERE {' AND '.join(tests)}) AS kind_{index}")
    return f"SELECT {', '.join(columns)}, count(*) AS rows_ FROM delivery WHERE broadcast = :broadcast", values


def _part(row: Row) -> Sum:
    column = "pending" if row["state"] in PENDING else row["state"]
    reasons = Counter({row["reason"]: row["rows_"]}) if row["reason"] else Counter()
    return Sum(audience=row["rows_"], counts=Counter({column: row["rows_"]}), reasons=reasons)
