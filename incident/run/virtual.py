"""A run in virtual time: the real `advance` and the real effects of the steps, at a desk of paper.

It stands where `perform` and `errands` stand. Time moves when it is told to; what is outside answers what it is told to
answer. A night of 72 hours is over in milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from incident import registry
from incident.errors import Held
from incident.outside.request import Outcome
from incident.playbook.model import Playbook
from incident.run import record
from incident.run.advance import next_act
from incident.run.decision import Act, Close, Do, Intend, Plan, Worsen
from incident.run.fold import after, fold
from incident.run.history import Event, Facts, View
from incident.run.paper import Count, Note, PaperDesk

MOST_ACTS = 5_000
"""A run that does more than this at one moment is going in circles."""

Given = tuple[str, str, Mapping[str, Any]]
"""Kind, step and data of an event that a person or the world causes."""


class EndlessRun(AssertionError):
    """A run that goes in circles: a defect of ours."""


@dataclass(kw_only=True)
class VirtualRun:
    """One run. `history` and `incident` are what was committed; `notes` what would have been done."""

    playbook: Playbook
    now: datetime
    history: list[Event] = field(default_factory=list)
    incident: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    count: Count = len
    author: str = "li"
    _view: View | None = None

    def begin(self, params: Mapping[str, Any], *, severity: str | None = None, drill: bool = False) -> Plan:
        """Declares it. `params` are typed already."""
        self.incident = {
            "id": "INC-0000-001",
            "severity": severity or self.playbook.severity.default,
            "phase": "investigating",
            "state": "open",
            "kind": self.playbook.kind,
            "declared_by": self.author,
        }
        return self.commit([("started", "", {"params": params, "drill": drill})], actor=self.author)

    @property
    def facts(self) -> Facts:
        return Facts(incident=dict(self.incident), roles=dict(self.roles))

    @property
    def view(self) -> View:
        """The run as its history tells it."""
        if self._view is None:
            self._view = fold(self.playbook, self.history, self.facts)
        facts = self.facts
        if facts is not self._view.facts and facts != self._view.facts:
            self._view = replace(self._view, facts=facts)
        return self._view

    def plan(self) -> Plan:
        """What it waits for, as after a restart: from nothing but the history."""
        return next_act(fold(self.playbook, self.history, self.facts), self.now)

    def commit(self, given: Sequence[Given] = (), *, actor: str = "wang") -> Plan:
        """What a person or the world gave, then all that follows; all of it, or nothing when something raises."""
        kept = (list(self.history), dict(self.incident), list(self.notes), self.view)
        try:
            return self._commit(given, actor)
        except BaseException:
            self.history, self.incident, self.notes, self._view = kept
            raise

    def _commit(self, given: Sequence[Given], actor: str) -> Plan:
        for kind, step, data in given:
            self._append(kind, step, data, actor)
            if kind == "ended":
                self.incident["state"] = data["state"]
        for _ in range(MOST_ACTS):
            view = self.view
            plan = next_act(view, self.now)
            if plan.act is not None:
                self.act(plan.act, view)
            elif not self.see_to(view):
                return plan
        last = [(event.kind, event.step, dict(event.data)) for event in self.history[-6:]]
        raise EndlessRun(f"goes in circles: {last}")

    def see_to(self, view: View) -> bool:
        """What a run owes while it waits; whether something came of it that what waits may have waited for."""
        return False

    def desk(self, view: View) -> PaperDesk:
        """Where the effects of steps happen."""
        return PaperDesk(
            now=self.now,
            incident=self.incident,
            roles=self.roles,
            notes=self.notes,
            count=self.count,
            author=view.started_by,
        )

    def act(self, act: Act, view: View) -> None:
        """Does one act and writes it down. What is held back is noted, and tried again later."""
        desk = self.desk(view)
        data: dict[str, Any] = {}
        if isinstance(act, Worsen):
            self.incident["severity"] = act.to
        if isinstance(act, Do):
            try:
                data = self._effect(act, view, desk)
            except Held as why:  # raised before anything was done
                self._append("held", act.step, {"verb": act.verb, "reason": why.message}, "worker")
                return
        entry = record.entry(act, view)
        event = self._append(entry.kind, entry.step, {**entry.data, **data}, "worker")
        if isinstance(act, Close) and (step := view.step(act.step)) is not None:
            desk.done(step, self.view.at(step.id))
        if isinstance(act, Intend) and view.drill and act.effect != "none":
            done = {"intent": event.no, "state": "ok", "code": "", "words": "", "outputs": act.request.simulated()}
            self._append("outcome", act.step, done, "worker")
        if data.get("ends"):
            self._append("ended", "", {"state": data["ends"]}, "worker")

    def _effect(self, act: Do, view: View, desk: PaperDesk) -> dict[str, Any]:
        step = view.step(act.step)
        assert step is not None
        if act.verb == "escalate":
            return dict(desk.page(step, ("commander",), f"{step.id} has waited too long", timedelta(minutes=5)))
        effects = registry.load("incident.run.steps", step.type).EFFECTS
        return dict(effects[act.verb](step, view.at(step.id), desk))

    def flights(self) -> list[tuple[str, int]]:
        """What was intended outside and has no outcome yet: the step and the number of its intent."""
        return [(key, state.flight.no) for key, state in self.view.steps.items() if state.flight is not None]

    def land(self, step: str, no: int, outcome: Outcome) -> Plan:
        """Something outside has ended."""
        data = {
            "intent": no,
            "state": outcome.state,
            "code": outcome.code,
            "words": outcome.words,
            "outputs": dict(outcome.outputs),
        }
        return self.commit([("outcome", step, data)], actor="worker")

    def _append(self, kind: str, step: str, data: Mapping[str, Any], actor: str) -> Event:
        """Its data goes through JSON, as through the store; but not parameters, which are typed again there."""
        plain = dict(data) if kind == "started" else json.loads(json.dumps(dict(data), default=str))
        event = Event(no=len(self.history) + 1, at=self.now, kind=kind, step=step, actor=actor, data=plain)
        self._view = after(self.view if self._view is None else self._view, event)
        self.history.append(event)
        return event
