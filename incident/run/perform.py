"""The thin shell around `advance`: load, decide, do, write; each act with its event in one transaction.

Every effect of these step types is a row in our own database (a gate, a page, a frozen ledger), so effect and history
are one transaction: after kill -9 either both are there or neither. What leaves the house is the senders' business.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from incident import lifecycle, registry
from incident.errors import Held, WrongState
from incident.playbook.loader import reload
from incident.playbook.model import Playbook
from incident.playbook.params import check_params
from incident.playbook.vocabulary import Vocabulary
from incident.run import calling
from incident.run import store as runs
from incident.run.advance import advance
from incident.run.decision import Act, Close, Do, Finish, Plan, Worsen
from incident.run.history import Event, Facts, View, fold
from incident.run.live import LiveDesk
from incident.run.wording import render
from incident.store import Store

_MOST_ACTS = 1_000
"""A run that does more than this at once is going in circles."""

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

    def facts(self) -> Facts:
        return facts_of(self.store, self.run.incident)

    def view(self) -> View:
        return fold(self.playbook, self.history, self.facts())

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
        self.history.append(_typed(self.playbook, event))
        return event


def take(store: Store, run_id: str, vocabulary: Vocabulary, desk: Callable[[runs.Run], LiveDesk]) -> Performance:
    """Takes a run into this transaction's hands; others wait until it ends. Call inside a transaction."""
    return of_run(store, runs.locked(store, run_id), vocabulary, desk)


def of_run(
    store: Store, run: runs.Run, vocabulary: Vocabulary, desk_of: Callable[[runs.Run], LiveDesk]
) -> Performance:
    """A run with its playbook and its history as they stand; only for reading unless the run is locked."""
    playbook = reload(run.snapshot, f"{run.playbook}.yaml", vocabulary)
    history = [_typed(playbook, event) for event in runs.events(store, run.id)]
    desk = replace(desk_of(run), terms=calling.terms(playbook))
    return Performance(store=store, run=run, playbook=playbook, history=history, desk=desk)


def facts_of(store: Store, incident_id: str) -> Facts:
    """What expressions read of the incident."""
    incident = lifecycle.get(store, incident_id, 0)
    told = {
        "id": incident.id,
        "severity": incident.severity,
        "phase": incident.phase,
        "state": incident.state,
        "kind": incident.kind,
        "declared_by": incident.declared_by,
    }
    return Facts(incident=told, roles=lifecycle.holders(store, incident_id))


def go_on(performance: Performance) -> Plan:
    """Does what is to be done, one act after the other, until the run waits or is over; returns what it waits for."""
    for _ in range(_MOST_ACTS):
        plan = advance(performance.playbook, performance.history, performance.facts(), performance.desk.now)
        if plan.act is None:
            view = performance.view()
            if performance.desk.owed.see_to(view):
                continue
            runs.update(performance.store, performance.run.id, view.state, plan.next_due)
            return plan
        _do(performance, plan.act)
    raise WrongState(f"The run {performance.run.id} goes in circles at {plan.act}; nothing of it was kept.")


def _do(performance: Performance, act: Act) -> None:
    if isinstance(act, Finish):
        performance.append("finished", state=act.state)
        if act.state == "failed":
            performance.desk.note("run.failed", "a step that others need has failed")
    elif isinstance(act, Close):
        _close(performance, act)
    elif isinstance(act, Worsen):
        performance.desk.worsen(act.to, act.because)
        performance.append("worsened", to=act.to, rule=act.rule)
    else:
        _perform(performance, act)


def _perform(performance: Performance, act: Do) -> None:
    view = performance.view()
    step = view.step(act.step)
    assert step is not None
    if act.verb == "escalate":
        data: Mapping[str, Any] = performance.desk.page(
            step, ("commander",), f"{step.id} has waited too long for {step.assignee or 'an answer'}", _ESCALATE_AGAIN
        )
    else:
        effects = registry.load("incident.run.steps", step.type).EFFECTS
        try:
            data = effects[act.verb](step, view, performance.desk)
        except Held as why:  # raised before anything was written: a text is drafted first
            if act.step == performance.asked_for:
                raise
            if view.of(step.id).held != why.message:
                performance.desk.tell("step.held", step, reason=why.message)
            performance.append("held", step.id, verb=act.verb, reason=why.message)
            return
    performance.append("did", step.id, verb=act.verb, **data)
    if data.get("ends"):
        performance.append("ended", state=data["ends"])


def _close(performance: Performance, act: Close) -> None:
    performance.append(
        "closed",
        act.step,
        state=act.state,
        reason=act.reason,
        outputs=dict(act.outputs),
        vars=dict(act.vars),
        pause=act.pause,
    )
    if act.pause:
        performance.desk.note("run.paused", f"'{act.step}' has failed: {act.reason}")
    view = performance.view()
    step = view.step(act.step)
    if step is not None:
        if runs.open_gate(performance.store, performance.run.id, step.id) is not None:
            performance.desk.close_gate(step, view, "void")  # an approval would do nothing: nobody may give one
        if act.state == "skipped":
            performance.desk.stop_paging(step)
        performance.desk.tell(
            f"step.{act.state}", step, reason=act.reason or None, note=render(step.note, view) or None
        )


def _typed(playbook: Playbook, event: Event) -> Event:
    """The start's parameters with their types again; everything else is plain JSON by nature."""
    if event.kind != "started":
        return event
    return replace(event, data={**event.data, "params": check_params(playbook, event.data["params"])})
