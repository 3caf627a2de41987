"""What people do to a run: start it, answer, approve, ask for a notice, pause. Each act is one transaction.

The act and all that follows from it until the run waits again stand together, or not at all: a count that was not
confirmed, a text that is held, a gate that somebody else answered first leave nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from incident import lifecycle, paging, registry
from incident.delivery import care, outbox
from incident.delivery.outbox import Confirm
from incident.delivery.station import Station
from incident.errors import BadValue, NotFound, WrongState
from incident.journal import Actor
from incident.lifecycle import Incident
from incident.people import os_user
from incident.playbook.model import Param, Playbook, Step
from incident.playbook.params import check_values, masked, plain
from incident.playbook.vocabulary import Vocabulary
from incident.run import calling, claiming
from incident.run import store as runs
from incident.run.advance import outlook
from incident.run.decision import Plan, Wait
from incident.run.leaving import gone_past, left_open
from incident.run.live import LiveDesk, no_confirmation, worker
from incident.run.naming import named
from incident.run.perform import Performance, go_on, of_run, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where acts on runs happen: the station and the words that playbooks may use."""

    station: Station
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a run stands after an act: its state, and what it waits for."""

    incident: str
    state: str
    waiting: tuple[Wait, ...] = ()
    next_due: datetime | None = None


@contextmanager
def held(office: Office, incident: str, actor: Actor, confirm: Confirm = no_confirmation) -> Iterator[Performance]:
    """The incident's run, in a transaction of its own."""
    store = office.station.store
    desk = _desk(office, incident, actor, confirm)
    with store.transaction():
        yield take(store, runs.of_incident(store, incident).id, office.vocabulary, desk)


def seen(office: Office, incident: str, actor: Actor | None = None) -> Performance:
    """The incident's run, for reading: it waits for nobody, also while another process writes."""
    store = office.station.store
    desk = _desk(office, incident, actor or worker(os_user()), no_confirmation)
    return of_run(store, runs.of_incident(store, incident), office.vocabulary, desk)


def _desk(office: Office, incident: str, actor: Actor, confirm: Confirm) -> Callable[[runs.Run], LiveDesk]:
    now = office.station.clock()

    def desk(run: runs.Run) -> LiveDesk:
        return LiveDesk(station=office.station, run=run.id, incident_id=incident, actor=actor, now=now, confirm=confirm)

    return desk


def standing(performance: Performance, plan: Plan) -> Standing:
    return Standing(
        incident=performance.run.incident,
        state=performance.view().state,
        waiting=plan.waiting,
        next_due=plan.next_due,
    )


def start(
    office: Office, incident: Incident, playbook: Playbook, params: Mapping[str, Any], actor: Actor, confirm: Confirm
) -> Standing:
    """Begins a run of the playbook for a new incident. In the caller's transaction."""
    store, now = office.station.store, office.station.clock()
    runs.insert(store, f"{incident.id}.1", incident.id, playbook, params, actor.person, now)
    with held(office, incident.id, actor, confirm) as performance:
        told: dict[str, Any] = {"drill": True} if incident.drill else {}
        performance.append("started", params=plain(params), hash=playbook.hash, **told)
        claiming.watch(store, incident.id, playbook, now)
        return standing(performance, go_on(performance))


def look(office: Office, incident: str) -> Standing:
    """How the run stands now; writes nothing."""
    performance = seen(office, incident)
    plan = outlook(performance.playbook, performance.history, performance.facts(), performance.desk.now)
    told = {wait.step for wait in plan.waiting}
    calls = [
        Wait(
            step=page["step"],
            type="page",
            why=f"{page['target'].replace(';', ' and ')} is still being called; nobody has acknowledged.",
            role=page["target"].split(";")[0],
            command=f"incident ack {incident}",
        )
        for page in paging.listed(office.station.store, incident)
        if page["state"] == "open" and (page["step"] or None) not in told
    ]
    return standing(performance, replace(plan, waiting=(*plan.waiting, *calls, *_held_notices(office, incident))))


def _held_notices(office: Office, incident: str) -> list[Wait]:
    """Notices that wait for a word: somebody held them, a rule did, a canary asks."""
    store, now = office.station.store, office.station.clock()
    rows = outbox.find(store, incident) if outbox.any_of(store, incident) else []
    channels = office.station.channels
    waits = [(row, care.waiting(store, row, now, channels)) for row in rows if row["state"] == "held"]
    return [
        Wait(
            step=row["step"],
            type="broadcast",
            why=f"held ({wait.reason}): {wait.why}. Or: incident outbox stop {incident} {row['step']}",
            role="comms",
            command=f"incident outbox release {incident} {row['step']}",
        )
        for row, wait in waits
        if wait is not None
    ]


def go_on_with(office: Office, run_id: str) -> Standing:
    """A worker's look at a run that is due."""
    incident = run_id.rpartition(".")[0]
    with held(office, incident, worker(os_user())) as performance:
        return standing(performance, go_on(performance))


def answer(office: Office, incident: str, actor: Actor, step_id: str, given: Mapping[str, str]) -> Standing:
    """Answers a question. `given` holds texts by field name; a bare choice stands under `choice`."""
    with held(office, incident, actor) as performance:
        step = _question(performance, step_id)
        values = _answer_values(step, given)
        performance.append("answered", step.id, values=plain(values))
        performance.desk.tell("question.answered", step, values=masked(_questions(step), values))
        return standing(performance, go_on(performance))


def _questions(step: Step) -> tuple[Param, ...]:
    found: tuple[Param, ...] = registry.load("incident.run.steps", "ask").questions(step.fields)
    return found


def _answer_values(step: Step, given: Mapping[str, str]) -> dict[str, Any]:
    values = dict(given)
    chosen: dict[str, Any] = {}
    choices = step.fields.get("choices") or ()
    if choices:
        choice = values.pop("choice", None)
        if choice is None or choice not in choices:
            raise BadValue(f"'{step.id}' is answered with one of: {', '.join(choices)}.")
        chosen["choice"] = choice
    return {**chosen, **check_values(_questions(step), values, f"question '{step.id}'")}


def finish_task(office: Office, incident: str, actor: Actor, task: str) -> Standing:
    """Ticks a task off; its step is done."""
    with held(office, incident, actor) as performance:
        task = _task(performance, task)
        lifecycle.finish_task(office.station.store, actor, performance.desk.now, incident, task)
        if performance.view().of(task).state == "open":
            performance.append("answered", task)
        return standing(performance, go_on(performance))


def _task(performance: Performance, typed: str) -> str:
    """The key of the task that is meant; what is typed where no step is meant: the list of tasks knows."""
    try:
        return named(performance.view(), typed, lambda step: step.type == "task" and step.for_each is None).id
    except NotFound:
        return typed


def acknowledge(office: Office, incident: str, actor: Actor) -> Standing:
    """Acknowledges the incident's pages. Raises WrongState when none is open."""
    with held(office, incident, actor) as performance:
        desk = performance.desk
        pages = paging.acknowledge(office.station, actor, desk.incident, desk.now)
        if not pages:
            raise WrongState(f"No page of {incident} is open; somebody acknowledged it, or none was sent.")
        for one in pages:
            step = performance.view().step(one.page["step"])  # a step that escalated is not done by taking the call
            if one.missing or step is None or step.type != "page":
                continue
            if performance.view().of(step.id).state == "open":
                performance.append("answered", step.id)
        return standing(performance, go_on(performance))


def page(
    office: Office,
    incident: str,
    actor: Actor,
    targets: Sequence[str],
    text: str,
    repeat: timedelta,
    priority: str = "high",
) -> Standing:
    """Calls persons, roles, policy/NAME or rota/NAME out by hand. Raises NotFound for what is none of these."""
    with held(office, incident, actor) as performance:
        known = office.vocabulary.callable | set(performance.playbook.roles)
        for target in targets:
            if target not in known:
                near = registry.nearest(target, known)
                raise NotFound(f"'{target}' is no person, role, policy or rota here. {near}")
        desk, terms = performance.desk, calling.terms(performance.playbook, priority)
        paging.open_page(office.station, actor, desk.incident, targets, text, repeat, now=desk.now, terms=terms)
        return standing(performance, go_on(performance))


def pause(office: Office, incident: str, actor: Actor, reason: str | None) -> Standing:
    """Stops starting things; what waits goes on waiting. Raises WrongState unless the run is running."""
    return _move(office, incident, actor, "paused", ("running",), reason)


def resume(office: Office, incident: str, actor: Actor, reason: str | None) -> Standing:
    """Goes on; what has failed no longer stops the steps that need it. Raises WrongState unless paused or failed."""
    return _move(office, incident, actor, "resumed", ("paused", "failed"), reason)


def abort(office: Office, incident: str, actor: Actor, reason: str | None) -> Standing:
    """Ends the run; the incident stays open. Notices can still be sent by hand."""
    return _move(office, incident, actor, "aborted", ("running", "paused", "failed"), reason)


def _move(
    office: Office, incident: str, actor: Actor, kind: str, allowed: tuple[str, ...], reason: str | None
) -> Standing:
    with held(office, incident, actor) as performance:
        state = performance.view().state
        if state not in allowed:
            raise WrongState(f"The run of {incident} is {state}; it cannot be {kind}.")
        performance.append(kind, reason=reason)
        lifecycle.record(office.station.store, actor, performance.desk.now, f"run.{kind}", incident, reason=reason)
        return standing(performance, go_on(performance))


def cancel(office: Office, incident: str, actor: Actor, reason: str | None, *, force: bool = False) -> Standing:
    """Ends the incident as a false alarm: no step starts any more. What is being sent is the caller's to stop.

    Raises WrongState while a child of it is open, unless by `force`; the `reason` says why.
    """
    with held(office, incident, actor) as performance:
        left = left_open(lifecycle.open_children(office.station.store, incident))
        past = gone_past(incident, "cancel", left, force=force, reason=reason, ended="cancelled")
        performance.desk.end("cancelled", reason, past)
        performance.append("ended", state="cancelled")
        return standing(performance, go_on(performance))


def _question(performance: Performance, typed: str) -> Step:
    """The open question that is meant. Raises NotFound or WrongState with what there is."""
    view = performance.view()
    questions = [step for step in view.all_steps() if step.type == "ask" and step.for_each is None]
    waiting = ", ".join(step.id for step in questions if view.of(step.id).state == "open") or "none"
    if not any(step.id == typed or step.id.endswith(f".{typed}") for step in questions):
        raise NotFound(f"There is no question '{typed}'. Open questions: {waiting}.")
    step = named(view, typed, lambda one: one in questions)
    if view.of(step.id).state != "open":
        raise WrongState(f"'{step.id}' is {view.of(step.id).state}. Open questions: {waiting}.")
    return step
