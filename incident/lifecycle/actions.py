"""Actions: what is to be done so that it does not come again. Each has an owner and a due day; they outlive it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from incident import journal
from incident.errors import NotFound, WrongState
from incident.journal import Actor
from incident.lifecycle.acts import record
from incident.now import at, iso, maybe_at, ms
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`state` is open, done or dropped. `no` counts within the incident."""

    incident: str
    no: int
    text: str
    owner: str
    due: datetime
    state: str
    opened_by: str
    opened_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None
    reason: str | None = None


def actions(store: Store, incident: str) -> list[Action]:
    """All of an incident, in their order."""
    return [_action(row) for row in store.queries("incident.lifecycle").actions_of(incident=incident)]


def open_actions(store: Store) -> list[Action]:
    """Those of every incident that are not done, the first due first."""
    return [_action(row) for row in store.queries("incident.lifecycle").open_actions()]


def add_action(
    store: Store, actor: Actor, now: datetime, incident: str, text: str, owner: str, due: datetime
) -> Action:
    """A new action, in any state of the incident: most are found when it is over."""
    with store.transaction():
        journal.hold(store)  # numbering is serial, like the journal itself
        queries = store.queries("incident.lifecycle")
        no = int(queries.last_action(incident=incident)["no"] or 0) + 1
        queries.insert_action(
            incident=incident, no=no, text=text, owner=owner, due=ms(due), opened_by=actor.person, opened_at=ms(now)
        )
        record(store, actor, now, "action.added", incident, action=no, text=text, owner=owner, due=iso(due))
        return next(one for one in actions(store, incident) if one.no == no)


def end_action(
    store: Store, actor: Actor, now: datetime, incident: str, no: int, *, state: str, reason: str | None
) -> Action:
    """Ends an open action as `done` or `dropped`. Raises NotFound, WrongState."""
    with store.transaction():
        found = next((one for one in actions(store, incident) if one.no == no), None)
        if found is None:
            raise NotFound(f"{incident} has no action {no}. See: incident action list {incident}")
        done = store.queries("incident.lifecycle").end_action(
            incident=incident, no=no, state=state, person=actor.person, at=ms(now), reason=reason
        )
        if done != 1:
            raise WrongState(f"Action {no} of {incident} is {found.state} already, by {found.done_by}.")
        record(store, actor, now, f"action.{state}", incident, reason=reason, action=no, text=found.text)
        return next(one for one in actions(store, incident) if one.no == no)


def _action(row: Row) -> Action:
    return Action(
        incident=row["incident"],
        no=row["no"],
        text=row["text"],
        owner=row["owner"],
        due=at(row["due"]),
        state=row["state"],
        opened_by=row["opened_by"],
        opened_at=at(row["opened_at"]),
        done_by=row["done_by"],
        done_at=maybe_at(row["done_at"]),
        reason=row["reason"],
    )
