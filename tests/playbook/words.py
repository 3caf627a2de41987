"""A vocabulary as `wiring` would fill it, with step types of realistic fields, for tests of the loader alone."""

from __future__ import annotations

import re

from incident.expression import compile_expression
from incident.playbook.clock import ClockRule
from incident.playbook.declaration import DeclarationShape, NameShape
from incident.playbook.sending_shapes import ChannelsShape, canary_shape, pause_shape, quiet_shape
from incident.playbook.shapes import (
    ApprovalShape,
    AudienceShape,
    ExpressionShape,
    InlineShape,
    MessageShape,
    RoleShape,
    StepShape,
    TargetShape,
    VarShape,
)
from incident.playbook.span import parse_span
from incident.playbook.vocabulary import StepType, Vocabulary
from incident.shape import Boolean, Choice, Duration, Field, ListOf, Locale, MapOf, Text

ANNOUNCE = {
    "template": Field(shape=MessageShape(), required=True, default="", help="The message."),
    "audience": Field(shape=AudienceShape(), required=True, default="", help="Who receives it."),
    "channels": Field(shape=ChannelsShape(), default=(), help="By which channels; all by default."),
    "approval": Field(shape=ApprovalShape(), help="Who must agree first."),
    "promise_next": Field(shape=Duration(), help="When the next word is promised."),
    "legal_basis": Field(shape=Text(), default="", help="The rule that obliges to send it."),
    "expires": Field(shape=Duration(), help="Not sent after this long."),
    "canary": Field(shape=canary_shape(), help="The first people."),
    "pause_if": Field(shape=pause_shape(), help="When it is held."),
    "quiet_hours": Field(shape=quiet_shape(), help="It waits for their end."),
    "supersede": Field(shape=Boolean(), help="Takes the place of older ones."),
    "locales": Field(shape=ListOf(item=Locale()), default=(), help="Only in these languages."),
}
APPROVE = {
    "by": Field(
        shape=ListOf(item=RoleShape(), single=True, least=1), required=True, default=(), help="Who may approve."
    ),
    "prompt": Field(shape=InlineShape(), help="What is asked."),
    "of": Field(shape=StepShape("announce"), default="", help="The announcement that is approved."),
}
ASK = {
    "prompt": Field(shape=InlineShape(), help="The question."),
    "fields": Field(shape=MapOf(key=NameShape(), value=DeclarationShape()), default={}, help="What is asked for."),
    "choices": Field(shape=ListOf(item=Text()), default=(), help="The answers allowed."),
}
TASK = {"due": Field(shape=Duration(), help="Due after this long.")}
WAIT = {
    "for": Field(shape=Duration(), help="How long."),
    "until": Field(shape=ExpressionShape(), help="Until this holds."),
    "for_stable": Field(shape=Duration(), help="… for this long."),
}
SET = {
    "severity": Field(shape=Choice(("sev1", "sev2", "sev3", "sev4")), help="The new severity."),
    "phase": Field(shape=Choice(("investigating", "identified", "monitoring", "resolved")), help="The new phase."),
    "vars": Field(shape=MapOf(key=VarShape(), value=ExpressionShape()), default={}, help="New values."),
}
PAGE = {
    "to": Field(shape=ListOf(item=TargetShape(), single=True, least=1), required=True, default=(), help="Whom."),
    "text": Field(shape=InlineShape(), help="What it says."),
    "repeat": Field(shape=Duration(), help="Again after this long."),
    "priority": Field(shape=Choice(("high", "low")), default="high", help="How urgent."),
}
CHECK = {
    "that": Field(shape=ExpressionShape(), required=True, help="What must hold."),
    "message": Field(shape=InlineShape(), help="What is said when it does not."),
}


def _ask_answers(fields: dict) -> frozenset[str]:
    return frozenset(fields["fields"]) | ({"choice"} if fields["choices"] else set())


def _wait_check(fields: dict) -> str:
    return "" if fields["for"] or fields["until"] else "A wait step needs 'for' or 'until'."


TYPES = {
    "announce": StepType(fields=ANNOUNCE, effect="external", help="Sends a message to an audience."),
    "approve": StepType(fields=APPROVE, effect="internal", help="Waits until somebody agrees."),
    "ask": StepType(fields=ASK, effect="internal", help="Asks a question.", answers=_ask_answers),
    "check": StepType(fields=CHECK, effect="none", help="Stops when a condition does not hold."),
    "page": StepType(fields=PAGE, effect="external", help="Wakes a person."),
    "set": StepType(fields=SET, effect="internal", help="Changes severity, phase or vars."),
    "task": StepType(fields=TASK, effect="internal", help="Something a person does and ticks off."),
    "wait": StepType(fields=WAIT, effect="none", help="Waits for a time or a condition.", check=_wait_check),
}
MESSAGES = frozenset({"first-notice", "update", "resolved", "holding-statement", "correction"})
_CALL = re.compile(r"users_of\((\w+)\)|received\('[^']*'\)|received_any\(\)|everyone|nobody")


def audience_names(text: str) -> frozenset[str]:
    """The parameters of an audience, in a grammar just large enough for these tests."""
    match = _CALL.fullmatch(text)
    if match is None:
        raise ValueError("expected everyone, users_of(…) or received(…)")
    return frozenset({match[1]} if match[1] else ())


CLOCKS = {
    "bank-report": ClockRule(id="bank-report", anchor="occurrence", within=parse_span("2h"), escalate_to=("legal",)),
    "bank-summary": ClockRule(id="bank-summary", anchor="submission", of="bank-report", within=parse_span("1mo")),
    "press-report": ClockRule(
        id="press-report", within=parse_span("4h"), applies_when=compile_expression("readers > 1000")
    ),
}
"""Rules as their files would say them."""

VOCABULARY = Vocabulary(
    clocks=CLOCKS,
    step_types=TYPES,
    audience=audience_names,
    messages=MESSAGES,
    channels=frozenset({"email", "push", "social"}),
    posts=frozenset({"social"}),
    people=frozenset({"li", "wang"}),
    rotas=frozenset({"commanders"}),
    policies=frozenset({"night"}),
    locales=("zh-Hans", "zh-Hant", "en"),
)
