"""Receipts as they are shown: counted beside a broadcast's sum, and listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from incident.receipt.report import Kind
from incident.store import Row, Store

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Deliveries of one broadcast by what came back; one that bounced twice counts once. `permanent` of `bounced`."""

    delivered: int = 0
    bounced: int = 0
    permanent: int = 0
    complained: int = 0
    delayed: int = 0

    def to_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        """`3 bounced (2 permanent), 1 complained`; '' when nothing came back."""
        words = [f"{getattr(self, kind)} {kind}" for kind in KINDS if getattr(self, kind)]
        bounced = f"{self.bounced} bounced"
        return ", ".join(f"{word} ({self.permanent} permanent)" if word == bounced else word for word in words)


def tally(store: Store, broadcast: int) -> Tally:
    """The counts of the broadcast with that number."""
    rows = {row["kind"]: row for row in store.queries("incident.receipt").tally(broadcast=broadcast)}
    counts = {kind: rows[kind]["deliveries"] for kind in KINDS if kind in rows}
    return Tally(**counts, permanent=rows["bounced"]["permanent"] if "bounced" in rows else 0)


def listed(store: Store, *, incident: str | None, kind: str | None, most: int) -> Iterator[Row]:
    """The newest receipts, with the step, recipient, channel and address of their deliveries."""
    rows: Iterator[Row] = store.queries("incident.receipt").listed(incident=incident, kind=kind, most=most)
    return rows
