"""What a playbook's test expects at a moment: the section `expect`."""

from __future__ import annotations

from incident.playbook.model import SEVERITIES
from incident.playbook.shapes import ClockShape, ExpressionShape, MessageShape
from incident.playbook.testing import (
    CLOCK_STATES,
    INCIDENT_STATES,
    PHASES,
    RUN_STATES,
    STEP_STATES,
    Expect,
    Paged,
    Promises,
    Sent,
    Warned,
)
from incident.playbook.testing_shapes import SPEAKING, AnyStepShape, Short
from incident.shape import Boolean, Choice, Duration, Field, Integer, ListOf, MapOf, Section, Text

_SENT = {
    "step": Field(
        shape=AnyStepShape(of=SPEAKING), default="", help="Of which step; notice.update … for those sent by hand."
    ),
    "template": Field(shape=MessageShape(), default="", help="With which message."),
    "at_most": Field(shape=Duration(), help="Not later than this after the declaration."),
    "at_least": Field(shape=Duration(), help="Not earlier than this after the declaration."),
    "times": Field(shape=Integer(least=0), help="So often in all; at least once when left out."),
}
_PAGED = {
    "to": Field(
        shape=Text(hint="a role, a person, policy/NAME or rota/NAME"), default="", help="Whom, as the playbook says it."
    ),
    "because": Field(
        shape=Text(hint="a step, role/NAME, promise or clock/NAME"),
        default="",
        help="Why: of which step, for a role/NAME that nobody took, for a promise, for a clock/NAME.",
    ),
    "at_most": _SENT["at_most"],
    "at_least": _SENT["at_least"],
}
_WARNED = {
    "clock": Field(shape=ClockShape(), required=True, default="", help="Which deadline."),
    "at": Field(shape=Integer(least=1, most=100), help="When so many hundredths of its time are gone."),
}
_PROMISES = {
    "kept": Field(shape=Integer(least=0), help="So many were kept."),
    "broken": Field(shape=Integer(least=0), help="So many were broken."),
    "open": Field(shape=Integer(least=0), help="So many are awaited."),
}
_MANY_SENT = ListOf(
    item=Short(section=Section(fields=_SENT, into=Sent, name="a notice: a mapping"), key="step"), single=True
)
_MANY_PAGED = ListOf(
    item=Short(section=Section(fields=_PAGED, into=Paged, name="a call: a mapping"), key="to"), single=True
)
_STEPS = ListOf(item=AnyStepShape(), single=True)
_EXPECT = {
    "sent": Field(shape=_MANY_SENT, default=(), help="Notices that went out by now."),
    "not_sent": Field(shape=_MANY_SENT, default=(), help="Notices that did not."),
    "waiting_for": Field(shape=_STEPS, default=(), help="Steps that the run waits for."),
    "not_waiting_for": Field(shape=_STEPS, default=(), help="Steps that it does not wait for."),
    "open_gates": Field(shape=_STEPS, help="Exactly these gates are open; []: none."),
    "open_tasks": Field(shape=_STEPS, default=(), help="Tasks that are not done."),
    "paged": Field(shape=_MANY_PAGED, default=(), help="Who was called out by now."),
    "not_paged": Field(shape=_MANY_PAGED, default=(), help="Who was not."),
    "steps": Field(
        shape=MapOf(key=AnyStepShape(), value=Choice(STEP_STATES)), default={}, help="What became of steps."
    ),
    "phase": Field(shape=Choice(PHASES), default="", help="The phase."),
    "severity": Field(shape=Choice(SEVERITIES), default="", help="The severity."),
    "state": Field(shape=Choice(INCIDENT_STATES), default="", help="The incident's state."),
    "run": Field(
        shape=Choice(RUN_STATES), default="", help="The run's state; resolved: people have things left to do."
    ),
    "promises": Field(
        shape=Section(fields=_PROMISES, into=Promises, name="numbers of promises: a mapping"),
        default=Promises(),
        help="What became of words promised in public, and of the first notice's time.",
    ),
    "clocks": Field(
        shape=MapOf(key=ClockShape(), value=Choice(CLOCK_STATES)),
        default={},
        help="How deadlines of authorities stand.",
    ),
    "warned": Field(
        shape=ListOf(
            item=Short(section=Section(fields=_WARNED, into=Warned, name="a warning: a mapping"), key="clock"),
            single=True,
        ),
        default=(),
        help="Deadlines that people were warned of.",
    ),
    "can_resolve": Field(shape=Boolean(), help="Whether the incident can be resolved now (`exit_when`)."),
    "that": Field(
        shape=ListOf(item=ExpressionShape(), single=True),
        default=(),
        help="Expressions that hold: any name of a step's.",
    ),
}
EXPECT = Section(fields=_EXPECT, into=Expect, name="what is expected: a mapping")
