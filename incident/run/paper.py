"""A desk that only writes down what would have been done: for runs in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incident.playbook.model import Approval, Step
from incident.playbook.sending import flat
from incident.playbook.span import Span
from incident.run import gate
from incident.run.history import View
from incident.run.wording import render

Count = Callable[[str], int]
"""How many people an audience is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that would have happened. `what` is sent, prepared, asked, paged, tasked, or a line of the timeline."""

    at: datetime
    what: str
    step: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class PaperDesk:
    """An `incident.run.desk.Desk` of plain values. What it does to the incident stands in `incident`, everything else
    in `notes`."""

    now: datetime
    incident: dict[str, Any]
    roles: dict[str, str]
    notes: list[Note]
    count: Count
    author: str

    def prepare_notice(self, step: Step, view: View, approval: Approval | None) -> Mapping[str, Any]:
        people = self.count(self.audience(step, view))
        limit = view.playbook.guard.max_recipients_without_approval
        if approval is None and limit is not None and people > limit:
            approval = view.playbook.guard.approval or Approval(by=tuple(view.playbook.roles))
        data: dict[str, Any] = {"hash": step.id, "people": people, "next_update": None, "author": self.author}
        return data if approval is None else {**data, **self._gate(step, approval, people)}

    def release_notice(self, step: Step, view: View) -> Mapping[str, Any]:
        people = view.of(step.id).did["prepare"]["people"]
        asked = view.request(step.id)
        self._sent(step, view, step.fields["template"], people)
        if asked.get("phase"):
            self.incident["phase"] = asked["phase"]
        if asked.get("notice") != "resolved":
            return {"broadcast": f"virtual.{step.id}", "people": people}
        self.incident |= {"state": "resolved", "phase": "resolved"}
        return {"broadcast": f"virtual.{step.id}", "people": people, "ends": "resolved"}

    def send_holding(self, step: Step, view: View) -> Mapping[str, Any]:
        people = view.of(step.id).did["prepare"]["people"]
        self._sent(step, view, "holding-statement", people)
        return {"broadcast": f"virtual.{step.id}.holding", "people": people}

    def audience(self, step: Step, view: View) -> str:
        """Whom a notice is for. A correction goes to exactly those who got what it corrects."""
        text, corrects = str(step.fields["audience"]), view.request(step.id).get("corrects")
        return f"received('{corrects}')" if corrects and text == "received_any()" else text

    def open_gate(self, step: Step, view: View, approval: Approval, prompt: str) -> Mapping[str, Any]:
        return {"hash": step.id, "author": self.author, **self._gate(step, approval, None)}

    def close_gate(self, step: Step, view: View, state: str) -> None:
        self._note(f"gate {state}", step)

    def open_task(self, step: Step, title: str, role: str, due: Span | None) -> Mapping[str, Any]:
        self._note("tasked", step, title=title, role=role)
        return {"title": title}

    def page(
        self, step: Step, targets: Sequence[str], text: str, repeat: timedelta, priority: str = "high"
    ) -> Mapping[str, Any]:
        self._note("paged", step, to=tuple(targets), text=text)
        return {"page": f"virtual.{step.id}"}

    def stop_paging(self, step: Step) -> None:
        """Nobody is called for a step that is over."""

    def clock(self, step: Step, view: View, verb: str, name: str, *, reason: str, reference: str) -> Mapping[str, Any]:
        self._note(f"clock {verb}", step, clock=name)
        return {"state": {"start": "running", "submit": "submitted", "dismiss": "dismissed"}[verb], "changed": True}

    def give_roles(self, view: View, roles: Mapping[str, str], reason: str | None) -> str:
        self.roles |= roles
        return ""

    def set_incident(self, severity: str | None, phase: str | None, reason: str | None = None) -> None:
        self.incident |= {key: value for key, value in (("severity", severity), ("phase", phase)) if value}

    def tell(self, kind: str, step: Step, **detail: Any) -> None:
        self._note(kind, step, **{key: value for key, value in detail.items() if value is not None})

    def done(self, step: Step, view: View) -> None:
        """A note of the playbook's own, when a step is over."""
        text = render(step.note, view)
        if text:
            self._note("note", step, text=text)

    def _gate(self, step: Step, approval: Approval, people: int | None) -> dict[str, Any]:
        self._note("gate opened", step, by=approval.by, people=people)
        return {"gate": f"virtual.{step.id}", "approval": gate.to_data(approval)}

    def _sent(self, step: Step, view: View, template: str, people: int) -> None:
        channels = [name for name, _ in flat(step.fields.get("channels") or ())]
        self._note(
            "sent", step, template=template, people=people, audience=self.audience(step, view), channels=channels
        )

    def _note(self, what: str, step: Step, **detail: Any) -> None:
        self.notes.append(Note(at=self.now, what=what, step=step.id, detail=detail))
