"""What is done to regulatory clocks: started, warned about, submitted, dismissed; each act is a line of the timeline.

Everything happens in the caller's transaction. A clock is started on suspicion and stopped with a reason: the decision
not to report is on record, with who, when and why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from incident import paging
from incident.duty import alarm, clocks, deadline
from incident.duty.clocks import LegalClock
from incident.duty.deadline import FULL
from incident.duty.told import local
from incident.errors import BadValue, Conflict, WrongState
from incident.journal import Actor
from incident.lifecycle import Incident, record
from incident.now import iso, maybe_ms, ms
from incident.paging.plan import USUAL, Terms
from incident.playbook.clock import ClockRule, to_data
from incident.shape import choose
from incident.store import Store

if TYPE_CHECKING:
    from incident.delivery.station import Station

_REPEAT = timedelta(minutes=15)
"""A warning calls again by the next contact until somebody acknowledges, or the clock is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A report that went to the authority: when, under which number, and the hash and name of the file that went."""

    at: datetime
    reference: str | None = None
    evidence: str | None = None
    evidence_file: str | None = None
    note: str | None = None


def start(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: Incident,
    rule: ClockRule,
    *,
    because: str,
    anchor_at: datetime | None = None,
) -> LegalClock:
    """Starts a clock, or starts it again after it was dismissed. One that runs is moved when `anchor_at` says from when
    it really counts: warnings that lie ahead then are given again.

    Raises WrongState when it runs already, was submitted, or counts from a submission that has not happened.
    """
    before = clocks.find(store, incident.id, rule.id)
    if before is not None and (before.state == "submitted" or (before.state == "running" and anchor_at is None)):
        raise WrongState(f"The clock {rule.id} of {incident.id} is {before.state} already, due {iso(before.due)}.")
    moves = before is not None and before.state == "running"
    known = _anchors(store, incident, before.started_at if before and moves else now)
    if anchor_at is not None:
        known[f"submission:{rule.of}" if rule.of else rule.anchor] = anchor_at
    found = deadline.deadline(rule, known)
    if found is None:
        raise WrongState(f"{rule.id} counts from the submission of {rule.of}, which has not been submitted.")
    alarms = deadline.alarms(rule, found)
    passed = sum(1 for one in alarms if one.at <= now)
    rung = min(before.rung, passed) if before and moves else 0
    values = {
        "incident": incident.id,
        "id": rule.id,
        "rule": json.dumps(to_data(rule), ensure_ascii=False),
        "started_by": before.started_by if before and moves else actor.person,
        "started_at": ms(before.started_at if before and moves else now),
        "because": because or (before.because if before and moves else ""),
        "anchor": found.anchor,
        "anchor_at": ms(found.anchor_at),
        "due": ms(found.due),
        "next_due": maybe_ms(alarm.next_at(alarms, rung)),
    }
    queries = store.queries("incident.duty")
    if before is None:
        written = queries.insert_clock(**values)
    else:
        missed = maybe_ms(before.missed_at) if moves and found.due <= now else None
        written = queries.restart_clock(**values, rung=rung, missed_at=missed)
    if written != 1:
        raise Conflict(
            f"Somebody else changed the clock {rule.id} a moment ago. See: incident clock list {incident.id}"
        )
    record(
        store,
        actor,
        now,
        "clock.moved" if moves else "clock.started",
        incident.id,
        reason=because or None,
        clock=rule.id,
        anchor=found.anchor,
        since=iso(found.anchor_at),
        until=iso(found.due),
    )
    return clocks.get(store, incident.id, rule.id)


def submit(
    store: Store,
    actor: Actor,
    now: datetime,
    incident: Incident,
    name: str,
    report: Submission,
    rules: Sequence[ClockRule] = (),
) -> LegalClock:
    """The report is with the authority. A second submission (a phase, a correction) is on record too; the first decides
    whether it was in time. Those of `rules` that count from this submission start, or move to it.

    Raises NotFound, WrongState when it was dismissed, Conflict, BadValue for a report from before the clock counts.
    """
    found = clocks.get(store, incident.id, name)
    if found.state == "dismissed":
        raise WrongState(
            f"{name} was dismissed by {found.ended_by}. Start it again: incident clock start {incident.id} {name}"
        )
    if report.at < found.anchor_at:
        raise BadValue(
            f"{name} counts from {iso(found.anchor_at)}; its report cannot have gone at {iso(report.at)}, before that. "
            f"If it counts from earlier, say so first: incident clock start {incident.id} {name} --at … --reason '…'"
        )
    done = store.queries("incident.duty").submit_clock(
        incident=incident.id,
        id=name,
        submissions=found.submissions,
        submitted_at=ms(report.at),
        reference=report.reference,
        evidence=report.evidence,
        evidence_file=report.evidence_file,
        person=actor.person,
        at=ms(now),
        reason=report.note,
    )
    if done != 1:
        raise Conflict(f"Somebody else changed the clock {name} a moment ago. See: incident clock list {incident.id}")
    paging.close_step(store, incident.id, found.step)
    after = clocks.get(store, incident.id, name)
    record(
        store,
        actor,
        now,
        "clock.submitted",
        incident.id,
        happened_at=report.at,
        reason=report.note,
        clock=name,
        reference=report.reference,
        evidence=report.evidence,
        in_time="yes" if after.met(now) else "no",
    )
    for rule in deadline.following(rules, name):
        _follow(store, actor, now, incident, rule, name, report.at)
    return after


def dismiss(store: Store, actor: Actor, now: datetime, incident: Incident, name: str, reason: str) -> LegalClock:
    """Decides that nothing is to be reported: who, when and why stay. Raises NotFound, WrongState."""
    found = clocks.get(store, incident.id, name)
    if (
        store.queries("incident.duty").dismiss_clock(
            incident=incident.id, id=name, person=actor.person, at=ms(now), reason=reason
        )
        != 1
    ):
        raise WrongState(f"The clock {name} of {incident.id} is {found.state}; only one that runs can be dismissed.")
    paging.close_step(store, incident.id, found.step)
    record(store, actor, now, "clock.dismissed", incident.id, reason=reason, clock=name)
    return clocks.get(store, incident.id, name)


def dismiss_all(store: Store, actor: Actor, now: datetime, incident: Incident, reason: str) -> None:
    """The incident was a false alarm; whoever said so has decided about its reports too."""
    for one in clocks.running_of(store, incident.id):
        dismiss(store, actor, now, incident, one.id, reason)


def ring(
    station: Station,
    actor: Actor,
    now: datetime,
    incident: Incident,
    found: LegalClock,
    run: str,
    terms: Terms = USUAL,
) -> list[int]:
    """Gives the warnings that are due, each once however many try; returns the hundredths that were told. The row
    moves together with the page that it caused. `terms` are the playbook's: whom it names for a role, who answers."""
    given = deadline.Deadline(due=found.due, anchor=found.anchor, anchor_at=found.anchor_at)
    rung = alarm.due(deadline.alarms(found.rule, given), found.rung, now)
    gone = [int(one.what) for one in rung.alarms]
    missed = FULL in gone
    moved = station.store.queries("incident.duty").ring_clock(
        incident=found.incident,
        id=found.id,
        before=found.rung,
        rung=rung.rung,
        next_due=maybe_ms(rung.next_due),
        missed_at=ms(now) if missed else None,
    )
    if moved != 1 or not gone:
        return []
    kind = "clock.missed" if missed else "clock.warned"
    record(station.store, actor, now, kind, incident.id, clock=found.id, gone=f"{gone[-1]}%", until=iso(found.due))
    paging.close_step(station.store, incident.id, found.step)
    targets = [*(found.rule.escalate_to or ("commander",)), *(("commander",) if missed else ())]
    text = _words(station, incident, found, gone[-1])
    paging.open_page(
        station,
        actor,
        incident,
        list(dict.fromkeys(targets)),
        text,
        _REPEAT,
        run=run,
        step=found.step,
        now=now,
        terms=terms,
    )
    return gone


def overdue(store: Store, now: datetime) -> list[tuple[str, str]]:
    """(incident, clock) of the clocks whose next warning is due."""
    return [(row["incident"], row["id"]) for row in store.queries("incident.duty").due_clocks(now=ms(now))]


def postpone(store: Store, incident: str, name: str, due: datetime) -> None:
    """Looks at a clock again at `due`."""
    store.queries("incident.duty").postpone_clock(incident=incident, id=name, next_due=ms(due))


def _words(station: Station, incident: Incident, found: LegalClock, gone: int) -> str:
    """What staff read on a locked phone: the report, by when, and what to type."""
    title = choose(found.rule.title, ("", *station.organisation.locales))
    due = local(found.due, station.organisation.time_zone)
    if gone >= FULL:
        return f"LATE: {title}, was due {due}. Type: incident clock draft {incident.id} {found.id}"
    return f"{title}, due {due}, {gone}% of the time is gone. Type: incident clock draft {incident.id} {found.id}"


def _anchors(store: Store, incident: Incident, classified: datetime) -> dict[str, datetime]:
    """What is known of the instants that limits count from."""
    submitted = {
        f"submission:{one.id}": one.latest_at
        for one in clocks.of_incident(store, incident.id)
        if one.latest_at is not None
    }
    return {
        "occurrence": incident.began_at,
        "awareness": incident.declared_at,
        "classification": classified,
        **submitted,
    }


def _follow(
    store: Store, actor: Actor, now: datetime, incident: Incident, rule: ClockRule, name: str, at: datetime
) -> None:
    """Starts the next clock of a chain, or moves it to the latest submission. One that is over stays over."""
    there = clocks.find(store, incident.id, rule.id)
    if there is None or there.state == "running":
        start(store, actor, now, incident, rule, because=f"{name} was submitted", anchor_at=at)
