"""The `tests` of a playbook file, declared once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident.playbook.model import SEVERITIES
from incident.playbook.testing import PHASES, Act, Expect, Given, Moment, PlaybookTest
from incident.playbook.testing_expect import EXPECT
from incident.playbook.testing_given import GIVEN
from incident.playbook.testing_shapes import CLOCKS, REASON, SPEAKING, VALUES, AnyStepShape, Short, role_act, step_act
from incident.shape import Choice, Duration, Field, ListOf, Reader, Section, Slug, Text
from incident.yamlfile import Node

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
    "expect": Field(shape=EXPECT, help="What must be so then."),
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
    for name in EXPECT.fields:
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
                shape=GIVEN,
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
