"""What the public read: the words of each notice that was released, in one language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incident.message.rendered import Rendered, fill
from incident.now import at
from incident.store import Row, Store

_PARTS = ("text", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One notice. `text` keeps its lines."""

    step: str
    at: datetime
    people: int
    text: str


def spoken(store: Store, incident: str, locale: str) -> Iterator[Spoken]:
    """Every notice to customers, the oldest first, in `locale`, or in the first language that it has."""
    queries = store.queries("incident.review")
    for row in list(queries.broadcasts_of(incident=incident)):
        if row["lane"] == 1:
            renderings = list(queries.renderings_of(broadcast=row["no"]))
            yield Spoken(
                step=row["step"], at=at(row["frozen_at"]), people=row["people"], text=_text(renderings, locale)
            )


def _text(renderings: list[Row], locale: str) -> str:
    chosen = next((row for row in renderings if row["locale"] == locale), renderings[0] if renderings else None)
    parts = fill(Rendered.from_json(json.loads(chosen["content"])), {}) if chosen else {}
    return next((parts[name].strip() for name in _PARTS if parts.get(name)), "")
