"""ask: a question to a person; the answer is named by its fields, or by the choice."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident.playbook.declaration import DeclarationShape, NameShape
from incident.playbook.model import Param, Step
from incident.playbook.params import plain
from incident.playbook.shapes import InlineShape
from incident.run.decision import Close, Do, Wait
from incident.run.desk import Desk
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Field, ListOf, MapOf, Text

HELP = "Asks a person; what was answered is `steps['id'].<field>` or `steps['id'].choice`."
EFFECT = "internal"
FIELDS = {
    "prompt": Field(shape=InlineShape(), help="The question."),
    "fields": Field(
        shape=MapOf(key=NameShape(), value=DeclarationShape()),
        default={},
        help="What to answer: name to type, default, help.",
    ),
    "choices": Field(shape=ListOf(item=Text()), default=(), help="Answers to choose from; the choice is `choice`."),
}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    names = {param.name for param in questions(fields)}
    return frozenset(names | ({"choice"} if fields.get("choices") else set()))


def questions(fields: Mapping[str, Any]) -> tuple[Param, ...]:
    """The fields, declared as parameters are."""
    return tuple((fields.get("fields") or {}).values())


def check(fields: Mapping[str, Any]) -> str:
    if not fields.get("fields") and not fields.get("choices"):
        return "A question needs `fields` or `choices`."
    return ""


def decide(step: Step, view: View, now: datetime) -> Do | Close | Wait:
    state = view.of(step.id)
    if "ask" not in state.did:
        return Do(step=step.id, verb="ask")
    if state.answers:
        last = state.answers[-1]
        return Close(step=step.id, state="done", outputs={**defaults(step), **last.data["values"]})
    return Wait(
        step=step.id,
        type="ask",
        why=_asked(step, str(state.did["ask"].get("prompt", ""))),
        role=step.assignee,
        command=f"incident answer {view.facts.incident.get('id', '')} {step.id} {_example(step)}",
    )


def defaults(step: Step) -> Mapping[str, Any]:
    """What is assumed when nobody answers, in the same form as an answer."""
    assumed = plain({param.name: param.default for param in questions(step.fields)})
    return {**assumed, **({"choice": None} if step.fields.get("choices") else {})}


def _asked(step: Step, prompt: str) -> str:
    choices = step.fields.get("choices")
    return f"{prompt} ({' or '.join(choices)})" if choices else prompt


def _example(step: Step) -> str:
    """The end of a command that can be typed as it stands: the first choice, the assumed values."""
    if step.fields.get("choices"):
        return str(step.fields["choices"][0])
    values = {param.name: _typed(param.default) for param in questions(step.fields)}
    return " ".join(f"{name}={value}" for name, value in values.items())


def _typed(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "…" if default is None else shlex.quote(str(default))


def _ask(step: Step, view: View, desk: Desk) -> Mapping[str, Any]:
    prompt = render(step.fields.get("prompt"), view) or render(step.title, view) or step.id
    desk.tell("question.asked", step, prompt=prompt, role=step.assignee)
    return {"prompt": prompt}


EFFECTS = {"ask": _ask}
