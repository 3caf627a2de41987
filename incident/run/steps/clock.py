"""clock: starts a regulatory clock, or ends it: its report was submitted, or need not be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.model import Step
from incident.playbook.shapes import ClockShape, InlineShape
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Field

HELP = "Starts a regulatory clock, or says that its report was submitted or need not be, with the reason."
AFTERWARDS = True  # deadlines outlive the incident
EFFECT = "internal"  # a clock is a row; whoever is warned is called by the senders
VERBS = ("start", "submit", "dismiss")
FIELDS = {
    "start": Field(shape=ClockShape(), default="", help="The clock to start; one that runs goes on."),
    "submit": Field(shape=ClockShape(), default="", help="The clock whose report is with the authority now."),
    "dismiss": Field(shape=ClockShape(), default="", help="The clock whose report is not owed."),
    "reason": Field(shape=InlineShape(), help="Why; it stands on record. Required to dismiss."),
    "reference": Field(shape=InlineShape(), help="The authority's number for the report that was submitted."),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"clock", "became", "changed"})


def check(fields: Mapping[str, Any]) -> str:
    chosen = [verb for verb in VERBS if fields.get(verb)]
    if len(chosen) != 1:
        return "Say exactly one of start, submit, dismiss."
    if chosen == ["dismiss"] and not fields.get("reason"):
        return "Say the 'reason' for which nothing is reported; it is what an auditor asks for."
    if fields.get("reference") and chosen != ["submit"]:
        return "'reference' goes with submit."
    return ""


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    verb = _verb(step)
    did = view.of(step.id).did.get(verb)
    if did is None:
        return Do(step=step.id, verb=verb)
    outputs = {"clock": did.get("clock"), "became": did.get("state"), "changed": did.get("changed")}
    return Close(step=step.id, state="done", outputs=outputs)


def _verb(step: Step) -> str:
    return next(verb for verb in VERBS if step.fields.get(verb))


def _move(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    verb = _verb(step)
    reason, reference = (render(step.fields.get(name), view) for name in ("reason", "reference"))
    return desk.clock(step, view, verb, step.fields[verb], reason=reason, reference=reference)


EFFECTS = {"start": _move, "submit": _move, "dismiss": _move}
