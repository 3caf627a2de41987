"""The figures of a response: how soon somebody answered, how soon people knew, what was kept and what was broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from incident import journal
from incident.duty import clocks, promises
from incident.lifecycle import Incident
from incident.now import at, maybe_at
from incident.store import Row, Store

_ANSWERS = ("page.acknowledged", "role.claimed", "role.handed_over")
"""Acts by which a person takes it; the first of them ends the time to acknowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Times count from the declaration; None: it has not happened. `promises` and `clocks` count by what became of
    them: kept, broken, open, withdrawn; met, missed, running, dismissed. Break-glass gates are counted in `alone`."""

    to_acknowledge: timedelta | None
    to_first_notice: timedelta | None
    to_resolve: timedelta | None
    acknowledged_by: str | None
    promises: dict[str, int]
    clocks: dict[str, int]
    gates: dict[str, int]
    alone: int

    def to_json(self) -> dict[str, Any]:
        """Durations in whole seconds."""
        told = asdict(self)
        return {name: _seconds(value) if name.startswith("to_") else value for name, value in told.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Of one notice, channel and language: how long after its approval half, 95 and 99 in a hundred were accepted
    (nearest rank). Without a gate it counts from its release."""

    step: str
    channel: str
    locale: str
    accepted: int
    p50: timedelta
    p95: timedelta
    p99: timedelta

    def to_json(self) -> dict[str, Any]:
        """Durations in seconds, to the millisecond: half of a small notice is out within one."""
        times = {name: getattr(self, name).total_seconds() for name in ("p50", "p95", "p99")}
        head = {name: getattr(self, name) for name in ("step", "channel", "locale", "accepted")}
        return {**head, **times}


def figures(store: Store, incident: Incident, now: datetime) -> Figures:
    """The figures as they stand now."""
    answer = _first_answer(store, incident.id)
    reached = maybe_at(store.queries("incident.review").first_reached(incident=incident.id)["at"])
    ended = incident.ended_at if incident.state == "resolved" else None
    gates = list(store.queries("incident.review").gates_of(incident=incident.id))
    return Figures(
        to_acknowledge=_since(incident, answer.recorded_at if answer else None),
        to_first_notice=_since(incident, reached),
        to_resolve=_since(incident, ended),
        acknowledged_by=answer.actor if answer else None,
        promises=dict(Counter(one.state for one in promises.listed(store, incident.id))),
        clocks=dict(Counter(_clock(one, now) for one in clocks.of_incident(store, incident.id))),
        gates=dict(Counter(gate["state"] for gate in gates)),
        alone=sum(1 for gate in gates if gate["break_glass"]),
    )


def reach(store: Store, incident: str) -> Iterator[Reach]:
    """Time-to-reach of every notice, the oldest first. However many rows there are, only three a group come here."""
    queries = store.queries("incident.review")
    approved = {
        (gate["step"], gate["hash"]): gate["answered_at"]
        for gate in queries.gates_of(incident=incident)
        if gate["state"] == "approved"
    }
    for broadcast in list(queries.broadcasts_of(incident=incident)):
        if broadcast["lane"] == 1:
            since = approved.get((broadcast["step"], broadcast["hash"])) or broadcast["frozen_at"]
            yield from _reach(broadcast, since, list(queries.reach(broadcast=broadcast["no"])))


def _reach(broadcast: Row, since: int, rows: list[Row]) -> Iterator[Reach]:
    """The ranks of one group may fall together: a group of one has one row."""
    groups: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        groups.setdefault((row["channel"], row["locale"]), {})[int(row["place"])] = row
    for (channel, locale), ranks in groups.items():
        number = int(next(iter(ranks.values()))["number"])
        times = {
            f"p{part}": at(int(ranks[(number * part + 99) // 100]["ended_at"])) - at(since) for part in (50, 95, 99)
        }
        yield Reach(step=broadcast["step"], channel=channel, locale=locale, accepted=number, **times)


def _first_answer(store: Store, incident: str) -> journal.Entry | None:
    return next((entry for entry in journal.read(store, incident) if entry.kind in _ANSWERS), None)


def _since(incident: Incident, moment: datetime | None) -> timedelta | None:
    return None if moment is None else max(timedelta(0), moment - incident.declared_at)


def _clock(one: clocks.LegalClock, now: datetime) -> str:
    """1. Dismissed is neither. 2. A report that is in, or was due, is met or missed. 3. Else it runs."""
    if one.state == "dismissed":
        return "dismissed"
    met = one.met(now)
    return "running" if met is None else ("met" if met else "missed")


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
