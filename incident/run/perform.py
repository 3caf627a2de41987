"""The thin shell around `advance`: load, decide, do, write; each act with its event in one transaction.

Most effects are a row in our own database (a gate, a page, a frozen ledger), so effect and history are one transaction:
after kill -9 either both are there or neither. What is done outside of this program is only intended here: the intent
stands in the history before anything is done, and `errands` hands it to one process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from incident import lifecycle, registry
from incident.duty import clocks
from incident.errors import Held
from incident.people import WORKER
from incident.playbook.loader import reload
from incident.playbook.model import Playbook, Step
from incident.playbook.params import check_params
from incident.playbook.vocabulary import Vocabulary
from incident.run import calling, errands, record
from incident.run import store as runs
from incident.run.advance import next_act
from incident.run.decision import Act, Again, Close, Do, Finish, Intend, Jump, Plan, Wait, Worsen
from incident.run.fold import after, fold
from incident.run.history import Event, Facts, View
from incident.run.live import LiveDesk
from incident.run.wording import render
from incident.store import Store

_MOST_ACTS = 500
"""A run that has more to do at once lets others have their turn: what is left is due at once."""

_ESCALATE_AGAIN = timedelta(minutes=5)


@dataclass(kw_only=True)
class Performance:
    """A run in this transaction's hands: its playbook, its history so far, its desk.

    `asked_for` is the step that a person has just asked for: when it is held back, that person hears it, and nothing
    was done. Any other step that is held back waits, with the reason, and the rest goes on.
    """

    store: Store
    run: runs.Run
    playbook: Playbook
    history: list[Event]
    desk: LiveDesk
    asked_for: str = ""
    _folded: View | None = None

    def facts(self) -> Facts:
        return facts_of(self.store, self.run.incident, self.desk.now)

    def view(self) -> View:
        """The run as its history tells it now; what was folded once is not folded again."""
        if self._folded is None:
            self._folded = fold(self.playbook, self.history, self.facts())
        return replace(self._folded, facts=self.facts())

    def append(self, kind: str, step: str = "", actor: str | None = None, **data: Any) -> Event:
        """Adds an event to the history, here and in the store.

        Its data goes through JSON first: what is decided from it now must be decided the same way after a restart.
        """
        event = Event(
            no=len(self.history) + 1,
            at=self.desk.now,
            kind=kind,
            step=step,
            actor=self.desk.actor.person if actor is None else actor,
            data=json.loads(json.dumps(data, ensure_ascii=False, default=str)),
        )
        runs.append(self.store, self.run.id, event)
        typed = _typed(self.playbook, event)
        if self._folded is not None:
            self._folded = after(self._folded, typed)
        self.history.append(typed)
        return typed


def take(store: Store, run_id: str, vocabulary: Vocabulary, desk: Callable[[runs.Run], LiveDesk]) -> Performance:
    """Takes a run into this transaction's hands; others wait until it ends. Call inside a transaction."""
    return of_run(store, runs.locked(store, run_id), vocabulary, desk)


def of_run(store: Store, run: runs.Run, vocabulary: Vocabulary, desk_of: Callable[[runs.Run], LiveDesk]) -> Performance:
    """A run with its playbook and its history as they stand; only for reading unless the run is locked."""
    playbook = reload(run.snapshot, f"{run.playbook}.yaml", vocabulary, run.called)
    history = [_typed(playbook, event) for event in runs.events(store, run.id)]
    desk = replace(desk_of(run), terms=calling.terms(playbook))
    return Performance(store=store, run=run, playbook=playbook, history=history, desk=desk)


def facts_of(store: Store, incident_id: str, now: datetime) -> Facts:
    """What expressions read of the incident."""
    incident, legal = lifecycle.get(store, incident_id, 0), clocks.standing(store, incident_id, now)
    told = {
        "id": incident.id,
        "severity": incident.severity,
        "phase": incident.phase,
        "state": incident.state,
        "kind": incident.kind,
        "declared_by": incident.declared_by,
        "clocks_running": sum(1 for one in legal.values() if one["state"] == "running"),
    }
    return Facts(incident=told, roles=lifecycle.holders(store, incident_id), clocks=legal)


def go_on(performance: Performance) -> Plan:
    """Does what is to be done, one act after the other, until the run waits or is over; returns what it waits for."""
    for _ in range(_MOST_ACTS):
        view = performance.view()
        plan = next_act(view, performance.desk.now)
        if plan.act is None:
            if performance.desk.owed.see_to(view):
                continue
            runs.update(performance.store, performance.run.id, view.state, plan.next_due)
            return plan
        _do(performance, plan.act, view)
    now = performance.desk.now
    runs.update(performance.store, performance.run.id, performance.view().state, now)
    more = Wait(step="", type="work", why="More is due now.", command="incident work --until-idle", due=now)
    return Plan(act=None, waiting=(more,), next_due=now)


def _do(performance: Performance, act: Act, view: View) -> None:
    if isinstance(act, Do):
        _perform(performance, act, view)
        return
    if isinstance(act, Worsen):
        performance.desk.worsen(act.to, act.because)
    write(performance, act)


def write(performance: Performance, act: Act, actor: str | None = None) -> None:
    """Writes an act, with what follows from it in our own database. Not for a `Do`, which has an effect."""
    entry = record.entry(act, performance.view())
    event = performance.append(entry.kind, entry.step, actor, **entry.data)
    if isinstance(act, Finish) and act.state == "failed":
        performance.desk.note("run.failed", "a step that others need has failed")
    elif isinstance(act, Close):
        _closed(performance, act)
    elif isinstance(act, Again | Jump):
        _begun_anew(performance, act)
    elif isinstance(act, Intend):
        _intended(performance, act, event)


def _perform(performance: Performance, act: Do, view: View) -> None:
    step = view.step(act.step)
    assert step is not None
    if act.verb == "escalate":
        data: Mapping[str, Any] = performance.desk.page(
            step, ("commander",), f"{step.id} has waited too long for {step.assignee or 'an answer'}", _ESCALATE_AGAIN
        )
    else:
        effects = registry.load("incident.run.steps", step.type).EFFECTS
        try:
            data = effects[act.verb](step, view.at(step.id), performance.desk)
        except Held as why:  # raised before anything was written: a text is drafted first
            if act.step == performance.asked_for:
                raise
            if view.of(step.id).held != why.message:
                performance.desk.tell("step.held", step, reason=why.message)
                _call_for(performance, step, why)
            performance.append("held", step.id, verb=act.verb, reason=why.message)
            return
    performance.append("did", step.id, verb=act.verb, **data)
    if data.get("ends"):
        performance.append("ended", state=data["ends"])


def _call_for(performance: Performance, step: Step, why: Held) -> None:
    """What is held back while nobody looks must not be silence: the commander is called. Whoever types sees it."""
    if performance.desk.actor.person == WORKER:
        reason = why.message.splitlines()[0].rstrip(":")
        text = f"{step.id} is held back, nothing goes out. See: incident show {performance.run.incident}. {reason}"
        performance.desk.page(step, ("commander",), text, _ESCALATE_AGAIN)


def _closed(performance: Performance, act: Close) -> None:
    if act.pause:
        performance.desk.note("run.paused", f"'{act.step}' has failed: {act.reason}")
    view = performance.view()
    step = view.step(act.step)
    if step is not None:
        _tidy(performance, step, view, calls=act.state == "skipped")
        note = render(step.note, view.at(step.id)) or None
        performance.desk.tell(f"step.{act.state}", step, reason=act.reason or None, note=note)


def _begun_anew(performance: Performance, act: Again | Jump) -> None:
    view = performance.view()
    step = view.step(act.step)
    if step is not None:
        _tidy(performance, step, view, calls=True)
        told = {"attempt": act.attempt} if isinstance(act, Again) else {"goes_on_at": act.to}
        performance.desk.tell(
            "step.again" if isinstance(act, Again) else "step.jumped", step, reason=act.reason, **told
        )


def _tidy(performance: Performance, step: Step, view: View, *, calls: bool) -> None:
    """What a step that is over leaves behind: an approval would do nothing, so that nobody may give one; nobody is
    called out any more."""
    if runs.open_gate(performance.store, performance.run.id, step.id) is not None:
        performance.desk.close_gate(step, view, "void")
    if calls:
        performance.desk.stop_paging(step)


def _intended(performance: Performance, act: Intend, event: Event) -> None:
    """The intent stands; somebody is to do it. In a drill it ends here: what leaves the house is simulated, unless the
    playbook says that it shall be done."""
    view = performance.view()
    step = view.step(act.step)
    assert step is not None
    if view.drill and step.drill != "run" and (act.effect != "none" or step.drill == "simulate"):
        performance.desk.tell("effect.simulated", step, what=act.shown)
        performance.append(
            "outcome",
            step.id,
            intent=event.no,
            state="ok",
            code="",
            words="simulated",
            outputs=act.request.simulated(),
        )
        return
    performance.desk.tell("effect.intended", step, what=act.shown)
    key = f"{performance.run.id}.{view.of(step.id).first_intent}"
    errands.add(performance.store, performance.run.id, event, replace(act.request, key=key))


def _typed(playbook: Playbook, event: Event) -> Event:
    """The start's parameters with their types again; everything else is plain JSON by nature."""
    if event.kind != "started":
        return event
    return replace(event, data={**event.data, "params": check_params(playbook, event.data["params"])})
