"""Runs in the database: the snapshot, the append-only history, the gates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident.errors import NotFound
from incident.now import at, maybe_at, maybe_ms, ms
from incident.playbook.calls import texts_of
from incident.playbook.model import Playbook
from incident.playbook.params import plain
from incident.run.history import Event
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's row. `snapshot` is the playbook's text when it began, `called` those of the playbooks that it calls;
    later edits of the files do not touch them."""

    id: str
    incident: str
    playbook: str
    revision: int
    hash: str
    snapshot: str
    called: Mapping[str, str]
    params: Mapping[str, Any]
    state: str
    started_by: str
    next_due: datetime | None


def insert(
    store: Store, run: str, incident: str, playbook: Playbook, params: Mapping[str, Any], who: str, now: datetime
) -> None:
    """A new run, due at once."""
    store.queries("incident.run").insert_run(
        id=run,
        incident=incident,
        playbook=playbook.id,
        revision=playbook.revision,
        hash=playbook.hash,
        snapshot=playbook.text,
        called=_dump(texts_of(playbook.called)),
        params=_dump(plain(params)),
        started_by=who,
        started_at=ms(now),
        next_due=ms(now),
    )


def of_incident(store: Store, incident: str) -> Run:
    """The incident's run. Raises NotFound."""
    rows = list(store.queries("incident.run").runs_of(incident=incident))
    if not rows:
        raise NotFound(f"{incident} has no run.")
    return _run(rows[-1])


def locked(store: Store, run: str) -> Run:
    """The run, held by this transaction: nobody else appends to its history meanwhile. Raises NotFound."""
    row = store.queries("incident.run").locked_run(id=run)
    if row is None:
        raise NotFound(f"There is no run {run}.")
    return _run(row)


def overdue(store: Store, now: datetime) -> list[str]:
    """Runs that want to be looked at by now."""
    return [row["id"] for row in store.queries("incident.run").overdue(now=ms(now))]


def earliest_due(store: Store) -> datetime | None:
    return maybe_at(store.queries("incident.run").earliest_due()["due"])


def update(store: Store, run: str, state: str, next_due: datetime | None) -> None:
    store.queries("incident.run").update_run(id=run, state=state, next_due=maybe_ms(next_due))


def postpone(store: Store, run: str, due: datetime) -> None:
    """Looks at a run again at `due`; its state stays."""
    store.queries("incident.run").postpone_run(id=run, next_due=ms(due))


def events(store: Store, run: str) -> list[Event]:
    """The whole history, oldest first."""
    return [
        Event(
            no=row["no"],
            at=at(row["at"]),
            kind=row["kind"],
            step=row["step"],
            actor=row["actor"],
            data=json.loads(row["data"]),
        )
        for row in store.queries("incident.run").events(run=run)
    ]


def append(store: Store, run: str, event: Event) -> None:
    """Adds the event; its number is the history's next, and the primary key refuses a second one."""
    store.queries("incident.run").append_event(
        run=run,
        no=event.no,
        at=ms(event.at),
        kind=event.kind,
        step=event.step,
        actor=event.actor,
        data=_dump(dict(event.data)),
    )


def open_gate(store: Store, run: str, step: str) -> Row | None:
    """The step's open gate, if it has one."""
    found: Row | None = store.queries("incident.run").open_gate_of(run=run, step=step)
    return found


def _run(row: Row) -> Run:
    return Run(
        id=row["id"],
        incident=row["incident"],
        playbook=row["playbook"],
        revision=row["revision"],
        hash=row["hash"],
        snapshot=row["snapshot"],
        called=json.loads(row["called"]),
        params=json.loads(row["params"]),
        state=row["state"],
        started_by=row["started_by"],
        next_due=maybe_at(row["next_due"]),
    )


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
