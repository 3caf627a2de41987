"""The `tests` of a playbook file, declared once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident.playbook.declaration import NameShape
from incident.playbook.model import SEVERITIES
from incident.playbook.shapes import ClockShape, ExpressionShape, MessageShape, RoleShape
from incident.playbook.step_fields import FAILURES
from incident.playbook.testing import (
    CLOCK_STATES,
    INCIDENT_STATES,
    OUTCOMES,
    PHASES,
    RUN_STATES,
    STEP_STATES,
    USUAL_PEOPLE,
    Act,
    Claim,
    Ending,
    Expect,
    Given,
    Moment,
    Paged,
    PlaybookTest,
    Promises,
    Reply,
    Sent,
    Warned,
)
from incident.playbook.testing_shapes import (
    ANSWERED,
    CLOCKS,
    REASON,
    REPLY,
    SPEAKING,
    VALUES,
    AnyStepShape,
    OrNever,
    Short,
    role_act,
    step_act,
)
from incident.shape import (
    Anything,
    Boolean,
    Choice,
    Duration,
    Field,
    Integer,
    ListOf,
    MapOf,
    Reader,
    Section,
    Slug,
    Text,
)
from incident.yamlfile import Node

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
_UPDATE = {
    "phase": Field(shape=Choice(PHASES[:-1]), default="", help="The phase it announces."),
    "promise": Field(shape=Duration(), help="It promises the next word after this long."),
}
_SIGNAL = {"name": Field(shape=Slug(), required=True, default="", help="Its name."), **VALUES}
_ACTS: Mapping[str, Field] = {
    "answer": Field(shape=step_act(("ask",), **VALUES), help="A question is answered."),
    "approve": Field(shape=step_act(("announce", "approve", "correct")), help="Somebody approves a gate."),
    "reject": Field(shape=step_act(("announce", "approve", "correct"), **REASON), help="Somebody refuses it."),
    "ack": Field(shape=step_act(("page",)), help="Somebody acknowledges a call."),
    "done": Field(shape=step_act(("task",)), help="A task is ticked off."),
    "claim": Field(shape=role_act(), help="Somebody takes a role."),
    "signal": Field(
        shape=Short(section=Section(fields=_SIGNAL, name="a signal: a mapping"), key="name"),
        help="Something outside has happened: `incident signal`.",
    ),
    "update": Field(
        shape=Section(fields=_UPDATE, name="what it says: a mapping, or {}"), help="`incident update` is asked for."
    ),
    "correct": Field(shape=AnyStepShape(of=SPEAKING), help="`incident correct` is asked for, of this notice."),
    "end": Field(
        shape=Choice(("resolve", "cancel")),
        help="`incident resolve` is asked for, or `incident cancel`: a false alarm.",
    ),
    "severity": Field(shape=Choice(SEVERITIES), help="Somebody sets the severity."),
    "submit": Field(shape=CLOCKS, help="The report of a deadline is with its authority."),
    "dismiss": Field(shape=CLOCKS, help="Nothing is to be reported."),
    "run": Field(shape=Choice(("pause", "resume", "abort")), help="`incident run pause` …"),
    "skip": Field(shape=step_act(), help="`incident run skip`."),
    "retry": Field(shape=step_act(), help="`incident run retry`."),
}
_MOMENT: Mapping[str, Field] = {
    "advance": Field(shape=Duration(), default=timedelta(0), help="So much time passes, first of all."),
    **_ACTS,
    "expect": Field(
        shape=Section(fields=_EXPECT, into=Expect, name="what is expected: a mapping"), help="What must be so then."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentShape:
    """One moment of a test -> Moment. Its acts happen in the order in which they are written."""

    section: Section

    def read(self, node: Node, path: str, reader: Reader) -> Moment:
        return moment(self.section.read(node, path, reader), path, reader)

    def schema(self) -> dict[str, Any]:
        return self.section.schema()

    def words(self) -> str:
        return self.section.words()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookTestShape:
    """One test: a single moment beside `given`, or several under `then` -> PlaybookTest."""

    section: Section

    def read(self, node: Node, path: str, reader: Reader) -> PlaybookTest:
        values = self.section.read(node, path, reader)
        first = moment({name: values[name] for name in _MOMENT}, path, reader)
        moments = (first, *values["then"])
        if node.kind == "map" and not any(one.expect is not None for one in moments):
            reader.wrong(
                node, "expects_nothing", "This test expects nothing; say what must be so: expect: {sent: [...]}."
            )
        return PlaybookTest(name=values["name"], given=values["given"], moments=moments, line=node.line)

    def schema(self) -> dict[str, Any]:
        return self.section.schema()

    def words(self) -> str:
        return self.section.words()


def moment(values: Mapping[str, Any], path: str, reader: Reader) -> Moment:
    """From the values of a section to what happens, in the order of the file."""
    told = [verb for verb in _ACTS if values[verb] is not None]
    acts = [
        act
        for verb in sorted(told, key=lambda verb: reader.place(f"{path}.{verb}"))
        for act in _act(verb, values[verb])
    ]
    expect: Expect | None = values["expect"]
    lines = {} if expect is None else {key: reader.place(f"{path}.expect.{key}")[0] for key in _keys(expect)}
    return Moment(advance=values["advance"], acts=tuple(acts), expect=expect, lines=lines)


def _act(verb: str, value: Any) -> Iterator[Act]:
    if isinstance(value, tuple):
        yield from (Act(verb=verb, name=name) for name in value)
    elif isinstance(value, str):
        yield Act(verb=verb, name=value)
    else:
        name = value.get("step") or value.get("role") or value.get("name") or ""
        by = value.get("by") or ()
        more = {
            key: one for key, one in value.items() if key in ("reason", "phase", "promise") and one not in (None, "")
        }
        people = (by,) if isinstance(by, str) else by
        yield Act(verb=verb, name=name, by=people, values={**more, **value.get("values", {})})


def _keys(expect: Expect) -> Iterator[str]:
    """Each single expectation as the path under `expect`."""
    for name in _EXPECT:
        value = getattr(expect, name)
        if isinstance(value, tuple):
            yield name
            yield from (f"{name}[{index}]" for index, _ in enumerate(value))
        elif isinstance(value, Mapping):
            yield from (f"{name}.{key}" for key in value)
        else:
            yield name


MOMENT = MomentShape(section=Section(fields=_MOMENT, name="a moment: a mapping"))
TEST = PlaybookTestShape(
    section=Section(
        fields={
            "name": Field(shape=Text(), required=True, default="", help="What it shows, in a sentence."),
            "given": Field(
                shape=Section(fields=_GIVEN, into=Given, name="what is given: a mapping"),
                default=Given(),
                help="What it begins with.",
            ),
            **_MOMENT,
            "then": Field(shape=ListOf(item=MOMENT), default=(), help="What happens after that, moment by moment."),
        },
        name="a test: a mapping",
    )
)
TESTS = Field(
    shape=ListOf(item=TEST),
    default=(),
    help="What the playbook does in the night, played in virtual time by `incident playbook test`.",
)
