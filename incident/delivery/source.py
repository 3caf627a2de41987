"""`received('first-notice')`: who got an earlier message of this incident, or may still get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from incident.lifecycle import merged_into
from incident.store import Store

_GOT = "('accepted', 'unknown', 'pending', 'deferred', 'standby')"


def told_somebody(store: Store, incident: str, step: str = "") -> bool:
    """Whether anybody, or any channel that posts once, got a notice of the incident (of one step), or still may; or a
    notice of one that was merged into it."""
    queries = store.queries("incident.delivery")
    names = (incident, *merged_into(store, incident))
    return any(queries.told_somebody(incident=name, step=step) is not None for name in names)


def people_told(store: Store, incident: str) -> int:
    """How many people got a notice of the incident, or still may: those whom its next word is for."""
    where, values = Received(store, incident).sql((), "x")
    row = store.execute(f"SELECT count(*) AS people FROM recipient r WHERE {where}", values).fetchone()
    return int(row["people"])


@dataclass(frozen=True, slots=True)
class Received:
    """Recipients with a row of a step's broadcast that was accepted, may have been, or still may be.

    Without arguments: of any notice of the incident (`received_any()`). Who was told in an incident that was merged
    into this one was told in this one.
    """

    store: Store
    incident: str

    def sql(self, args: Sequence[str], prefix: str) -> tuple[str, dict[str, Any]]:
        """A boolean over `r.id`; its parameters' names begin with `prefix`."""
        values: dict[str, Any] = {
            f"{prefix}_incident{index or ''}": name
            for index, name in enumerate((self.incident, *merged_into(self.store, self.incident)))
        }
        incidents = ", ".join(f":{name}" for name in values)
        steps = ""
        for index, step in enumerate(args):
            values[f"{prefix}_{index}"] = step
            steps += f"{', ' if steps else ''}:{prefix}_{index}"
        only = f" AND b.step IN ({steps})" if steps else " AND b.lane = 1"
        return (
            f"r.id IN (SELECT d.recipient FROM delivery d JOIN broadcast b ON b.no = d.broadcast "
            f"WHERE b.incident IN ({incidents}){only} AND d.state IN {_GOT})",
            values,
        )

    def matches(self, args: Sequence[str], recipient_id: str) -> bool:
        where, values = self.sql(args, "x")
        row = self.store.execute(
            f"SELECT {where.replace('r.id', ':recipient')} AS hit", {**values, "recipient": recipient_id}
        ).fetchone()
        return bool(row["hit"])
