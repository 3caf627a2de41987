"""task: work for a person, ticked off when done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.model import Step
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render

HELP = "Puts a piece of work on the list of a role and waits until it is ticked off."
EFFECT = "internal"
AFTERWARDS = True
FIELDS: Mapping[str, Any] = {}


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    state = view.of(step.id)
    if "open" not in state.did:
        return Do(step=step.id, verb="open")
    if state.answers:
        return Close(step=step.id, state="done", outputs={"by": state.answers[-1].actor})
    return Wait(
        step=step.id,
        type="task",
        why=render(step.title, view) or step.id,
        role=step.assignee,
        command=f"incident task done {view.facts.incident.get('id', '')} {step.id}",
    )


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"by"})


def _open(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    return desk.open_task(step, render(step.title, view) or step.id, step.assignee, step.due)


EFFECTS = {"open": _open}
