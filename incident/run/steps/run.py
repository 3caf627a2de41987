"""run: a command on the worker's machine, without a shell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from incident.outside.request import Command
from incident.playbook.model import Step
from incident.playbook.shapes import InlineShape
from incident.run import outward
from incident.run.arguments import secrets, texts
from incident.run.decision import Close, Intend, Wait
from incident.run.history import View
from incident.shape import Boolean, Choice, Field, Integer, ListOf, MapOf, Text

HELP = (
    "Runs a command on the worker's machine: no shell, a minimal environment, its whole process group ended when its "
    "time is over. `exit_code`, `output` and `json` are what it brings."
)
EFFECT = "external"
OUTWARD = True
AFTERWARDS = True
FIELDS = {
    "argv": Field(
        shape=ListOf(item=InlineShape(hint="an argument, with {{ name }} where a value belongs"), least=1),
        required=True,
        default=(),
        help="The program and its arguments, each a text of its own. No shell reads them.",
    ),
    "env": Field(
        shape=MapOf(key=Text(pattern="[A-Z_][A-Z0-9_]*", hint="a variable's name such as TOKEN"), value=InlineShape()),
        default={},
        help="Environment variables; the place for what is secret. PATH, HOME and LANG are set, and INCIDENT_KEY: the "
        "same word when it is done again.",
    ),
    "pass": Field(
        shape=ListOf(item=Text(pattern="[A-Z_][A-Z0-9_]*", hint="a variable's name such as TOKEN"), single=True),
        default=(),
        help="Variables of the worker's own environment that it gets too; their values are masked in what it prints.",
    ),
    "stdin": Field(shape=InlineShape(), help="What it reads; nothing when left out."),
    "effect": Field(
        shape=Choice(("none", "internal", "external")),
        default="external",
        help="How far it reaches. One that changes nothing (none) is done again after a crash; for others a person is "
        "asked.",
    ),
    "repeatable": Field(
        shape=Boolean(), default=False, help="Doing it twice is as good as once: it is done again after a crash."
    ),
    "ok": Field(
        shape=ListOf(item=Integer(least=0, most=255), single=True, least=1),
        default=(0,),
        help="Exit codes that count as done.",
    ),
    "format": Field(shape=Choice(("text", "json")), default="text", help="How its output is read, for `json`."),
}
USUAL = timedelta(seconds=60)
EFFECTS: Mapping[str, Any] = {}


def answers(fields: Mapping[str, Any]) -> frozenset[str] | None:
    return None if fields.get("format") == "json" else frozenset({"exit_code", "output"})


def decide(step: Step, view: View, now: datetime) -> Intend | Close | Wait:
    fields = step.fields
    return outward.decide(step, view, now, ask, effect=fields["effect"], repeatable=fields["repeatable"])


def ask(step: Step, view: View) -> tuple[Command, str]:
    """The command with its values, and its line without its secrets."""
    fields, known = step.fields, view.variables()
    env = {name: text.render(known) for name, text in fields["env"].items()}
    command = Command(
        argv=texts(fields["argv"], known),
        env=env,
        passed=fields["pass"],
        stdin=fields["stdin"].render(known) if fields["stdin"] is not None else "",
        seconds=(step.timeout or USUAL).total_seconds(),
        ok=fields["ok"],
        format=fields["format"],
        secrets=secrets(view),
    )
    if not command.argv[0].strip():
        raise ValueError("there is no program to run: the first of 'argv' is empty")
    return command, " ".join(texts(fields["argv"], view.shown()))
