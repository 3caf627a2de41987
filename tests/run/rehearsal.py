"""A run in memory: the real `advance`, the real effects of the steps, at a desk that only remembers what was done.

It stands where `perform` stands, and can die between any two acts: then the act and all since the last commit is gone,
and what is left has gone through JSON, as after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from incident import registry
from incident.playbook.model import Approval, Playbook, Step
from incident.playbook.span import Span
from incident.run import gate, record
from incident.run.advance import advance, next_act
from incident.run.decision import Do, Plan, Worsen
from incident.run.fold import after, fold
from incident.run.history import Event, Facts, View
from tests.clock import START

MOST_ACTS = 200
Given = tuple[str, str, dict[str, Any]]
"""Kind, step and data of an event that a person causes."""


@dataclass
class MemoryDesk:
    """An `incident.run.desk.Desk` of plain values. What it does to the incident stands in `incident`."""

    now: datetime
    incident: dict[str, Any]

    def prepare_notice(self, step: Step, view: View, approval: Approval | None) -> Mapping[str, Any]:
        data: dict[str, Any] = {"hash": "h", "people": 3, "next_update": None, "author": "li"}
        return data if approval is None else {**data, "gate": "g", "approval": gate.to_data(approval)}

    def release_notice(self, step: Step, view: View) -> Mapping[str, Any]:
        ended = {"ends": "resolved"} if view.request(step.id).get("notice") == "resolved" else {}
        if ended:
            self.incident["state"] = "resolved"
        return {"broadcast": "b", "people": 3, **ended}

    def send_holding(self, step: Step, view: View) -> Mapping[str, Any]:
        return {"broadcast": "b", "people": 3}

    def open_gate(self, step: Step, view: View, approval: Approval, prompt: str) -> Mapping[str, Any]:
        return {"hash": "h", "author": "li", "gate": "g", "approval": gate.to_data(approval)}

    def close_gate(self, step: Step, view: View, state: str) -> None: ...

    def open_task(self, step: Step, title: str, role: str, due: Span | None) -> Mapping[str, Any]:
        return {"title": title}

    def page(
        self, step: Step, targets: Sequence[str], text: str, repeat: timedelta, priority: str = "high"
    ) -> Mapping[str, Any]:
        return {"page": "p"}

    def set_incident(self, severity: str | None, phase: str | None) -> None:
        self.incident |= {key: value for key, value in (("severity", severity), ("phase", phase)) if value}

    def tell(self, kind: str, step: Step, **detail: Any) -> None: ...


@dataclass
class Rehearsal:
    """One run. `history` and `incident` are what was committed."""

    playbook: Playbook
    now: datetime = START
    history: list[Event] = field(default_factory=list)
    incident: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> Plan:
        self.incident = {"id": "INC-2026-001", "severity": "sev3", "phase": "investigating", "state": "open"}
        return self.commit([("started", "", {"params": {"level": 1}})])

    @property
    def facts(self) -> Facts:
        return Facts(incident=dict(self.incident), roles={})

    @property
    def view(self) -> View:
        return fold(self.playbook, self.history, self.facts)

    def plan(self) -> Plan:
        return advance(self.playbook, self.history, self.facts, self.now)

    def commit(self, given: Sequence[Given], *, actor: str = "wang", dies_after: int = -1) -> Plan:
        """One transaction: what a person gave, then all that follows. Killed after `dies_after` acts, nothing of it
        is left (and the next look at the run, a duplicate wake-up, does what is due)."""
        events, incident = list(self.history), dict(self.incident)
        for kind, step, data in given:
            events.append(self._event(events, kind, step, data, actor))
            if kind == "ended":
                incident["state"] = data["state"]
        view = fold(self.playbook, events, Facts())
        for done in range(MOST_ACTS):
            view = replace(view, facts=Facts(incident=dict(incident), roles={}))
            plan = next_act(view, self.now)
            if plan.act is None:
                self.history, self.incident = reloaded(events), incident
                return plan
            if done == dies_after:
                self.history = reloaded(self.history)
                return self.commit([])
            new = self._done(events, incident, view, plan)
            for event in new[len(events) :]:
                view = after(view, event)
            events = new
        raise AssertionError(f"goes in circles: {[(e.kind, e.step, dict(e.data)) for e in events[-6:]]}")

    def _done(self, events: list[Event], incident: dict[str, Any], view: View, plan: Plan) -> list[Event]:
        act = plan.act
        assert act is not None
        data: dict[str, Any] = {}
        if isinstance(act, Worsen):
            incident["severity"] = act.to
        if isinstance(act, Do) and act.verb != "escalate":
            step = view.step(act.step)
            assert step is not None
            data = dict(self._effect(step, act.verb, view.at(step.id), incident))
        entry = record.entry(act, view)
        events = [*events, self._event(events, entry.kind, entry.step, {**entry.data, **data})]
        return [*events, self._event(events, "ended", "", {"state": data["ends"]})] if data.get("ends") else events

    def _effect(self, step: Step, verb: str, view: View, incident: dict[str, Any]) -> Mapping[str, Any]:
        effects = registry.load("incident.run.steps", step.type).EFFECTS
        data: Mapping[str, Any] = effects[verb](step, view, MemoryDesk(self.now, incident))
        return data

    def _event(self, events: list[Event], kind: str, step: str, data: dict[str, Any], actor: str = "worker") -> Event:
        plain = json.loads(json.dumps(data, default=str))
        return Event(no=len(events) + 1, at=self.now, kind=kind, step=step, actor=actor, data=plain)


def reloaded(events: Sequence[Event]) -> list[Event]:
    """The history as another process reads it."""
    return [
        Event(no=e.no, at=e.at, kind=e.kind, step=e.step, actor=e.actor, data=json.loads(json.dumps(dict(e.data))))
        for e in events
    ]
