"""check: something that must hold: an expression, a page that answers, a port that is open, a command that succeeds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.expression import ExpressionError
from incident.outside.request import Command, Connect, Request, WebRequest
from incident.playbook.model import Step
from incident.playbook.shapes import ExpressionShape, InlineShape
from incident.run import outward
from incident.run.arguments import secrets, texts
from incident.run.decision import Close, Intend, Wait
from incident.run.history import View
from incident.run.wording import render
from incident.shape import Duration, Field, Integer, ListOf

HELP = "Fails unless something holds: an expression, or what it finds when it looks outside. It changes nothing."
EFFECT = "none"
OUTWARD = True
AFTERWARDS = True
FIELDS = {
    "that": Field(shape=ExpressionShape(), help="An expression over parameters, answers and facts."),
    "url": Field(shape=InlineShape(hint="an http or https URL"), help="A page that must answer."),
    "expect": Field(
        shape=ListOf(item=Integer(least=100, most=599), single=True),
        default=(),
        help="With `url`: the statuses that are good; 200 to 299 when left out.",
    ),
    "contains": Field(shape=InlineShape(), help="With `url`: what must stand in the answer."),
    "tcp": Field(shape=InlineShape(hint="host:port"), help="A port that must take a connection."),
    "argv": Field(
        shape=ListOf(item=InlineShape(hint="an argument, with {{ name }} where a value belongs")),
        default=(),
        help="A command that must end with 0. It must change nothing: it may be run again at any time.",
    ),
    "for_stable": Field(shape=Duration(), help="It must be good, whenever it is looked at, for this long."),
    "every": Field(
        shape=Duration(),
        default=timedelta(seconds=30),
        help="With `for_stable`: how often it is looked at.",
    ),
    "message": Field(shape=InlineShape(), help="What staff read when it does not hold."),
}
_WAYS = ("that", "url", "tcp", "argv")
USUAL = timedelta(seconds=10)
EFFECTS: Mapping[str, Any] = {}


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"held", "exit_code", "output", "status", "body", "json"})


def check(fields: Mapping[str, Any]) -> str:
    if sum(bool(fields.get(way)) for way in _WAYS) != 1:
        return "A check has one of `that` (an expression), `url`, `tcp` (host:port), `argv` (a command)."
    if fields.get("for_stable") and fields.get("that"):
        return "`for_stable` belongs to what is looked at outside; a `wait` with `until` does this for an expression."
    if (fields.get("expect") or fields.get("contains")) and not fields.get("url"):
        return "`expect` and `contains` belong to `url`."
    return ""


def decide(step: Step, view: View, now: datetime) -> Intend | Close | Wait:
    if step.fields.get("that") is not None:
        return _holds(step, view)
    stable = step.fields.get("for_stable") or timedelta(0)
    decision = outward.probe(step, view, now, ask, stable, step.fields["every"])
    if not isinstance(decision, Close):
        return decision
    held = decision.state == "done"
    message = "" if held else render(step.fields.get("message"), view)
    reason = f"{message} ({decision.reason})" if message else decision.reason
    return Close(
        step=step.id,
        state=decision.state,
        reason=reason,
        outputs={**decision.outputs, "held": held},
        code=decision.code,
    )


def _holds(step: Step, view: View) -> Close:
    try:
        held = step.fields["that"].holds(view.variables())
    except ExpressionError as error:
        return Close(step=step.id, state="failed", reason=str(error), outputs={"held": False}, code="check")
    if held:
        return Close(step=step.id, state="done", outputs={"held": True})
    reason = render(step.fields.get("message"), view) or f"does not hold: {step.fields['that'].text}"
    return Close(step=step.id, state="failed", reason=reason, outputs={"held": False}, code="check")


def ask(step: Step, view: View) -> tuple[Request, str]:
    """What is looked at, and the same in words."""
    fields, known = step.fields, view.variables()
    seconds, hidden = (step.timeout or USUAL).total_seconds(), secrets(view)
    if fields["url"] is not None:
        contains = fields["contains"].render(known) if fields["contains"] is not None else ""
        url = fields["url"].render(known)
        page = WebRequest(url=url, seconds=seconds, expect=fields["expect"], contains=contains, secrets=hidden)
        return page, f"GET {fields['url'].render(view.shown())}"
    if fields["tcp"] is not None:
        host, _, port = fields["tcp"].render(known).rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(
                f"'{fields['tcp'].render(view.shown())}' is not a host and a port such as db.internal:5432"
            )
        return Connect(host=host.strip("[]"), port=int(port), seconds=seconds), f"connect {host}:{port}"
    return (
        Command(argv=texts(fields["argv"], known), seconds=seconds, secrets=hidden),
        " ".join(texts(fields["argv"], view.shown())),
    )
