"""page: calls people out, by each one's contacts in turn, until somebody acknowledges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.playbook.model import Step
from incident.playbook.shapes import InlineShape, TargetShape
from incident.priority import PRIORITIES
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Choice, Duration, Field, ListOf

HELP = "Calls people or roles out, again and again, until one of them acknowledges."
EFFECT = "internal"  # a page is a row; the senders carry it
FIELDS = {
    "to": Field(
        shape=ListOf(item=TargetShape(), single=True, least=1),
        required=True,
        default=(),
        help="Persons, roles, policy/NAME or rota/NAME.",
    ),
    "text": Field(shape=InlineShape(), help="What they read; the step's title when left out."),
    "repeat": Field(
        shape=Duration(),
        default=timedelta(minutes=5),
        help="By the next contact after this long; a policy says so itself.",
    ),
    "priority": Field(
        shape=Choice(PRIORITIES), default="high", help="high wakes people; low keeps to their quiet hours."
    ),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"by"})


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    state = view.of(step.id)
    if "page" not in state.did:
        return Do(step=step.id, verb="page")
    if state.answers:
        return Close(step=step.id, state="done", outputs={"by": state.answers[-1].actor})
    targets = " or ".join(step.fields["to"])
    return Wait(
        step=step.id,
        type="page",
        why=f"Paged {targets}; not acknowledged yet.",
        role=step.fields["to"][0],
        command=f"incident ack {view.facts.incident.get('id', '')}",
    )


def _page(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    text = render(step.fields.get("text"), view) or render(step.title, view) or step.id
    return desk.page(step, step.fields["to"], text, step.fields["repeat"], step.fields["priority"])


EFFECTS = {"page": _page}
