"""What a playbook's test begins with: the section `given`."""

from __future__ import annotations

from datetime import timedelta

from incident.playbook.declaration import NameShape
from incident.playbook.model import SEVERITIES
from incident.playbook.shapes import RoleShape
from incident.playbook.step_fields import FAILURES
from incident.playbook.testing import OUTCOMES, USUAL_PEOPLE, Claim, Ending, Given, Reply
from incident.playbook.testing_shapes import ANSWERED, REPLY, SPEAKING, AnyStepShape, OrNever, Short
from incident.shape import Anything, Boolean, Choice, Duration, Field, Integer, ListOf, MapOf, Section, Text

_ENDING = Section(
    fields={
        "state": Field(shape=Choice(OUTCOMES), default="ok", help="Well, badly, or so that nobody knows."),
        "code": Field(shape=Choice(FAILURES), default="", help="The kind of failure, as `retry_on` names it."),
        "words": Field(shape=Text(), default="", help="What it says."),
        "after": Field(shape=Duration(), default=timedelta(0), help="So long after it began."),
        "outputs": Field(
            shape=MapOf(key=NameShape(), value=Anything()),
            default={},
            help="What it brings besides what it would bring if all went well: exit_code, output, json, status, body.",
        ),
    },
    into=Ending,
    name="how it ends: a mapping",
)
_CLAIM = Section(
    fields={
        "after": Field(shape=Duration(), default=timedelta(0), help="So long after the declaration."),
        "by": Field(shape=Text(hint="a person's name"), default="", help="By whom."),
    },
    into=Claim,
    name="who takes it: a mapping",
)
_ANSWER = OrNever(short=Short(section=REPLY, key="after"), never=lambda: Reply(after=None))
_TAKEN = OrNever(short=Short(section=_CLAIM, key="after"), never=lambda: Claim(after=None))
_GIVEN = {
    "params": Field(shape=MapOf(key=NameShape(), value=Anything()), default={}, help="Parameters, as when declaring."),
    "severity": Field(shape=Choice(SEVERITIES), default="", help="The playbook's own when left out."),
    "declared_by": Field(
        shape=Text(hint="a person's name"), default="declarer", help="Who declares it; the author of its notices."
    ),
    "people": Field(shape=Integer(least=0), default=USUAL_PEOPLE, help="How many people each audience is."),
    "drill": Field(shape=Boolean(), default=False, help="It is a drill."),
    "staff_after": Field(
        shape=Duration(),
        help="Whatever waits for people is done this long after it began to wait: roles taken, calls acknowledged, "
        "questions answered as assumed, gates approved, tasks done. Left out: nobody does anything.",
    ),
    "updates": Field(
        shape=Boolean(),
        default=False,
        help="Each promised word is sent in time, five minutes before, while it is open.",
    ),
    "reports": Field(
        shape=Boolean(),
        default=False,
        help="Each report to an authority is submitted in time: `staff_after` after its first warning.",
    ),
    "roles": Field(
        shape=MapOf(key=RoleShape(), value=Text(hint="a person's name")), default={}, help="Who holds what already."
    ),
    "claims": Field(shape=MapOf(key=RoleShape(), value=_TAKEN), default={}, help="When each role is taken."),
    "answers": Field(
        shape=MapOf(key=AnyStepShape(of=ANSWERED), value=_ANSWER),
        default={},
        help="When a question is answered, a gate approved, a call acknowledged, a task done; each time it waits.",
    ),
    "outcomes": Field(
        shape=MapOf(
            key=AnyStepShape(outward=True), value=ListOf(item=Short(section=_ENDING, key="state"), single=True)
        ),
        default={},
        help="How what steps do outside of this program ends, one after the other, the last one again and again; well "
        "when left out. Nothing is really done.",
    ),
    "held": Field(
        shape=MapOf(key=AnyStepShape(of=SPEAKING), value=Duration()),
        default={},
        help="Notices that are held back for so long after the declaration: a language is missing, say.",
    ),
}
GIVEN = Section(fields=_GIVEN, into=Given, name="what is given: a mapping")
