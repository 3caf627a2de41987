"""http: one HTTP request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.outside.request import WebRequest
from incident.playbook.model import Step
from incident.playbook.shapes import InlineShape
from incident.run import outward
from incident.run.arguments import secrets
from incident.run.decision import Close, Intend, Wait
from incident.run.history import View
from incident.shape import Boolean, Choice, Field, Integer, ListOf, MapOf, Text

HELP = (
    "Sends an HTTP request. It follows no redirect to another host, and carries an Idempotency-Key that stays the same "
    "when it is sent again. `status`, `body` and `json` are what it brings."
)
EFFECT = "external"
OUTWARD = True
AFTERWARDS = True
_HEADER = Text(pattern="[A-Za-z0-9-]+", hint="a header's name")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
FIELDS = {
    "method": Field(shape=Choice(METHODS), default="GET", help="The method."),
    "url": Field(shape=InlineShape(hint="an http or https URL"), required=True, help="Where to."),
    "headers": Field(shape=MapOf(key=_HEADER, value=InlineShape()), default={}, help="Headers to send."),
    "pass": Field(
        shape=MapOf(key=_HEADER, value=Text(pattern="[A-Z_][A-Z0-9_]*", hint="a variable's name such as TOKEN")),
        default={},
        help="Headers whose value is a variable of the worker's own environment: the place for tokens.",
    ),
    "body": Field(shape=InlineShape(), help="What is sent."),
    "expect": Field(
        shape=ListOf(item=Integer(least=100, most=599), single=True),
        default=(),
        help="Statuses that count as done; 200 to 299 when left out.",
    ),
    "effect": Field(
        shape=Choice(("none", "internal", "external")),
        default="",
        help="How far it reaches; GET and HEAD change nothing (none), others are external.",
    ),
    "repeatable": Field(
        shape=Boolean(),
        default=False,
        help="The other side knows an Idempotency-Key again, or sending twice is as good as once: it is sent again "
        "after a crash.",
    ),
}
USUAL = timedelta(seconds=30)
EFFECTS: Mapping[str, Any] = {}


def answers(fields: Mapping[str, Any]) -> frozenset[str] | None:
    return frozenset({"status", "body", "json"})


def check(fields: Mapping[str, Any]) -> str:
    if fields.get("body") is not None and fields.get("method") in ("GET", "HEAD"):
        return f"{fields['method']} has no body; use POST, PUT or PATCH."
    text = fields["url"].text if fields.get("url") is not None else ""
    if "://" in text and not text.startswith(("http://", "https://", "{{")):
        return "Only http and https are spoken here."
    return ""


def decide(step: Step, view: View, now: datetime) -> Intend | Close | Wait:
    harmless = step.fields["method"] in ("GET", "HEAD")
    effect = step.fields["effect"] or ("none" if harmless else "external")
    return outward.decide(step, view, now, ask, effect=effect, repeatable=step.fields["repeatable"])


def ask(step: Step, view: View) -> tuple[WebRequest, str]:
    """The request with its values, and its line without its secrets."""
    fields, known = step.fields, view.variables()
    request = WebRequest(
        method=fields["method"],
        url=fields["url"].render(known),
        headers={name: text.render(known) for name, text in fields["headers"].items()},
        passed=fields["pass"],
        body=fields["body"].render(known) if fields["body"] is not None else "",
        seconds=(step.timeout or USUAL).total_seconds(),
        expect=fields["expect"],
        secrets=secrets(view),
    )
    return request, f"{fields['method']} {fields['url'].render(view.shown())}"
