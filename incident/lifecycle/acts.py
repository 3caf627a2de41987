"""What can be done to an incident. Every act writes the incident's row and its line of the timeline together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from incident import journal
from incident.errors import Conflict, WrongState
from incident.ident import Series
from incident.journal import Actor
from incident.lifecycle.incidents import Incident, Task, get, holders, merged_into, open_children, tasks
from incident.lifecycle.visibility import reasons
from incident.now import maybe_ms, ms
from incident.store import Store

if TYPE_CHECKING:
    from incident.lifecycle.kept import Kept


def record(
    store: Store,
    actor: Actor,
    now: datetime,
    kind: str,
    incident: str | None,
    *,
    reason: str | None = None,
    happened_at: datetime | None = None,
    **detail: Any,
) -> None:
    """One line of the timeline, in the caller's transaction."""
    journal.append(
        store,
        journal.Entry(
            kind=kind,
            incident=incident,
            actor=actor.person,
            os_user=actor.os_user,
            happened_at=happened_at or now,
            recorded_at=now,
            reason=reason,
            detail={**detail, **actor.marks},
        ),
    )


def declare(
    store: Store,
    actor: Actor,
    now: datetime,
    *,
    series: Series,
    title: Mapping[str, str],
    playbook: str,
    kind: str,
    severity: str,
    params: Mapping[str, Any],
    contact: Mapping[str, str],
    happened_at: datetime | None = None,
) -> Incident:
    """Makes a new incident with the next number of its series: a drill, when that is one of drills."""
    with store.transaction():
        journal.hold(store)  # numbering is serial, like the journal itself
        queries = store.queries("incident.lifecycle")
        highest = (queries.highest_drill if series.drill else queries.highest_number)(year=series.year)
        number = int(highest["number"] or 0) + 1
        name = series.id(number)
        queries.insert_incident(
            id=name,
            year=series.year,
            number=-number if series.drill else number,
            title=json.dumps(dict(title), ensure_ascii=False),
            playbook=playbook,
            kind=kind,
            severity=severity,
            phase="investigating",
            params=json.dumps(dict(params), ensure_ascii=False, default=str),
            contact=json.dumps(dict(contact), ensure_ascii=False),
            declared_by=actor.person,
            declared_at=ms(now),
            began_at=ms(happened_at or now),
            drill=int(series.drill),
        )
        told: dict[str, Any] = {"playbook": playbook, "severity": severity, **({"drill": True} if series.drill else {})}
        record(store, actor, now, "incident.declared", name, happened_at=happened_at, **told)
        return get(store, name, series.year)


def set_phase(store: Store, actor: Actor, now: datetime, incident: Incident, phase: str) -> None:
    if phase == incident.phase:
        return
    store.queries("incident.lifecycle").update_phase(id=incident.id, phase=phase)
    record(store, actor, now, "incident.phase", incident.id, before=incident.phase, after=phase)


def set_severity(
    store: Store, actor: Actor, now: datetime, incident: Incident, severity: str, reason: str | None = None
) -> None:
    if severity == incident.severity:
        return
    store.queries("incident.lifecycle").update_severity(id=incident.id, severity=severity)
    record(store, actor, now, "incident.severity", incident.id, reason=reason, before=incident.severity, after=severity)


def set_promise(store: Store, actor: Actor, now: datetime, incident: str, promised: datetime | None) -> None:
    """The next public word is promised for then; None when no further word is promised."""
    store.queries("incident.lifecycle").update_promise(id=incident, promised_at=maybe_ms(promised))
    if promised is not None:
        record(store, actor, now, "promise.made", incident, until=promised.isoformat())


def end(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: Incident,
    state: str,
    reason: str | None = None,
    forced_past: Sequence[str] = (),
) -> None:
    """Ends an open incident as `resolved` or `cancelled`, if need be past what should have held before. Raises
    WrongState when it has ended already."""
    phase = "resolved" if state == "resolved" else incident.phase
    queries = store.queries("incident.lifecycle")
    if queries.update_end(id=incident.id, state=state, phase=phase, ended_at=ms(now)) != 1:
        raise WrongState(f"{incident.id} has ended already: it is {get(store, incident.id, 0).state}.")
    if state == "cancelled":  # a false alarm leaves no work; a resolved incident does
        queries.drop_tasks(incident=incident.id)
    forced: dict[str, Any] = {"forced_past": list(forced_past)} if forced_past else {}
    record(store, actor, now, f"incident.{state}", incident.id, reason=reason, **forced)
    _tell_parent(store, actor, now, incident, state)


def _tell_parent(store: Store, actor: Actor, now: datetime, child: Incident, what: str, **detail: Any) -> None:
    """What became of a child stands on its parent's timeline; why is the child's own: it may be restricted."""
    if child.parent:
        record(store, actor, now, f"child.{what}", child.parent, child=child.id, **detail)


def merge(store: Store, actor: Actor, now: datetime, incident: Incident, into: Incident, reason: str | None) -> None:
    """The incident ends and lives on in another one; both timelines tell it, why as `reasons` has it. Its run is the
    caller's business.

    Raises WrongState when it has ended, or when the other one cannot take it.
    """
    if incident.id == into.id or into.id in merged_into(store, incident.id):
        raise WrongState(f"{incident.id} cannot be merged into {into.id}: that one lives on in it. Turn them round.")
    if into.drill != incident.drill:
        raise WrongState(f"{incident.id} and {into.id} are not merged: one is a drill, the other is not.")
    if into.state != "open":
        raise WrongState(f"{into.id} is {into.state}; merge into an incident that is open.")
    if left := open_children(store, incident.id):
        raise WrongState(
            f"{incident.id} has open children: {', '.join(left)}. First give each its new parent: "
            f"incident adopt {left[0]} --parent {into.id}, or none: incident adopt {left[0]} --release"
        )
    if store.queries("incident.lifecycle").merge(id=incident.id, into=into.id, ended_at=ms(now)) != 1:
        raise WrongState(f"{incident.id} is {incident.state}; only an open incident is merged.")
    own, others = reasons(incident, into, reason)
    record(store, actor, now, "incident.merged", incident.id, reason=own, into=into.id)
    record(store, actor, now, "incident.absorbed", into.id, reason=others, merged=incident.id)
    if incident.parent != into.id:
        _tell_parent(store, actor, now, incident, "merged", into=into.id)


def reopen(store: Store, actor: Actor, now: datetime, incident: Incident, reason: str) -> None:
    """An ended incident is open again: it came back, or was no false alarm. The phase is what the public was told, and
    only a notice tells it more: it stays, also where that was `resolved`. Raises WrongState.
    """
    if incident.merged_into:
        raise WrongState(f"{incident.id} lives on in {incident.merged_into}; go on there.")
    if store.queries("incident.lifecycle").reopen(id=incident.id) != 1:
        raise WrongState(f"{incident.id} is open already.")
    record(store, actor, now, "incident.reopened", incident.id, reason=reason, before=incident.state)
    _tell_parent(store, actor, now, incident, "reopened")


def restrict(
    store: Store, actor: Actor, now: datetime, incident: Incident, viewers: Sequence[str], reason: str | None
) -> None:
    """From now on only these people and roles may see the incident; nobody named: everyone may."""
    words = "".join(f";{word}" for word in dict.fromkeys(viewers)) + ";" * bool(viewers)
    visibility = "restricted" if viewers else "everyone"
    store.queries("incident.lifecycle").restrict(id=incident.id, visibility=visibility, viewers=words)
    record(
        store,
        actor,
        now,
        "incident.visibility",
        incident.id,
        reason=reason,
        before=incident.visibility,
        after=visibility,
        viewers=list(viewers) or None,
    )


def claim_role(store: Store, actor: Actor, now: datetime, incident: str, role: str) -> None:
    """The actor takes a role that nobody holds. Raises Conflict when somebody else holds it: a hand-over is needed."""
    with store.transaction():
        journal.hold(store)
        holder = holders(store, incident).get(role)
        if holder == actor.person:
            return
        if holder is not None:
            raise Conflict(
                f"{holder} holds the role {role}; {holder} can hand it over: "
                f"incident role handover {incident} {role} {actor.person}"
            )
        _hold_role(store, now, incident, role, actor.person)
        record(store, actor, now, "role.claimed", incident, role=role, person=actor.person)


def hand_over_role(
    store: Store, actor: Actor, now: datetime, incident: str, role: str, person: str, reason: str | None = None
) -> None:
    """Gives a role to another person, whoever holds it; who did it is on record."""
    with store.transaction():
        journal.hold(store)
        before = holders(store, incident).get(role)
        _hold_role(store, now, incident, role, person)
        record(store, actor, now, "role.handed_over", incident, reason=reason, role=role, before=before, after=person)


def _hold_role(store: Store, now: datetime, incident: str, role: str, person: str) -> None:
    store.queries("incident.lifecycle").put_holder(incident=incident, role=role, person=person, since=ms(now))


def open_task(
    store: Store, actor: Actor, now: datetime, incident: str, task: str, title: str, role: str, due: datetime | None
) -> None:
    store.queries("incident.lifecycle").insert_task(
        incident=incident, id=task, title=title, role=role, opened_at=ms(now), due=maybe_ms(due)
    )
    until: dict[str, Any] = {} if due is None else {"until": due.isoformat()}
    record(store, actor, now, "task.opened", incident, task=task, title=title, role=role, **until)


def add_task(
    store: Store, actor: Actor, now: datetime, incident: Incident, title: str, owner: str, due: datetime | None
) -> Task:
    """A task that no playbook names, numbered `+1`, `+2` …, for a person or a role. Raises WrongState at its end."""
    with store.transaction():
        journal.hold(store)  # numbering is serial, like the journal itself
        if get(store, incident.id, 0).state != "open":
            raise WrongState(
                f"{incident.id} is {incident.state}. What is left to do afterwards: incident action add {incident.id}"
            )
        number = 1 + sum(one.id.startswith("+") for one in tasks(store, incident.id))
        open_task(store, actor, now, incident.id, f"+{number}", title, owner, due)
        return next(one for one in tasks(store, incident.id) if one.id == f"+{number}")


def finish_task(store: Store, actor: Actor, now: datetime, incident: str, task: str) -> None:
    """Ticks a task off. Raises WrongState when it is not open."""
    with store.transaction():
        done = store.queries("incident.lifecycle").close_task(
            incident=incident, id=task, done_by=actor.person, done_at=ms(now)
        )
        if done != 1:
            raise WrongState(f"There is no open task '{task}' in {incident}. See: incident task list {incident}")
        record(store, actor, now, "task.done", incident, task=task)


def note(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: str,
    text: str,
    happened_at: datetime | None = None,
    attachments: Sequence[Kept] = (),
) -> None:
    """Somebody's words on the timeline, with the files that were kept; `happened_at` may lie before now."""
    more: dict[str, Any] = {"attachments": [one.to_json() for one in attachments]} if attachments else {}
    record(store, actor, now, "note", incident, happened_at=happened_at, text=text, **more)
