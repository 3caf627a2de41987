"""The sections of a playbook file, declared once: they read it, print its JSON Schema and its reference page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident.playbook.clock_sections import ClocksShape
from incident.playbook.declaration import DeclarationShape, NameShape
from incident.playbook.drill import SECTION as TARGETS
from incident.playbook.model import (
    HANDLERS,
    KINDS,
    NOTICES,
    ON_ERROR,
    ON_TIMEOUT,
    SCHEMA,
    SEVERITIES,
    Cadence,
    Condition,
    Defaults,
    Guard,
    Overdue,
    Raise,
    Role,
    Severity,
)
from incident.playbook.sending_shapes import canary_shape, pause_shape, quiet_shape
from incident.playbook.shapes import (
    ApprovalShape,
    ExpressionShape,
    InlineShape,
    MessageShape,
    OffsetShape,
    RoleShape,
    TargetShape,
    ViewerShape,
)
from incident.playbook.step_fields import RETRY, STEP
from incident.playbook.structure import StepSection
from incident.playbook.testing_sections import TESTS
from incident.playbook.vocabulary import StepType
from incident.shape import (
    Anything,
    Boolean,
    Choice,
    Day,
    Duration,
    Field,
    Integer,
    ListOf,
    Locale,
    LocalText,
    MapOf,
    Reader,
    Section,
    Slug,
    Text,
)
from incident.yamlfile import Node

QUESTION_FIELDS = MapOf(key=NameShape(), value=DeclarationShape())
"""The fields of a question: name to declaration -> dict of name to Param. For step types that ask."""

_ROLE = {
    "required": Field(shape=Boolean(), default=False, help="The incident needs a holder of it."),
    "page": Field(
        shape=ListOf(item=TargetShape(), single=True),
        default=(),
        help="People or other roles to wake for it, in order.",
    ),
    "claim_within": Field(shape=Duration(), help="Somebody must have claimed it after this long."),
    "not_same_as": Field(
        shape=ListOf(item=RoleShape(), single=True), default=(), help="Roles that the same person may not hold too."
    ),
    "help": Field(shape=Text(), default="", help="What its holder does, in a sentence."),
}
_RAISE = {
    "to": Field(shape=Choice(SEVERITIES), required=True, default=SEVERITIES[0], help="The severity."),
    "when": Field(shape=ExpressionShape(), required=True, help="Once this holds."),
}
_SEVERITY = {
    "default": Field(
        shape=Choice(SEVERITIES), default="sev2", help="What is assumed at declaration. Assume the worst."
    ),
    "raise_when": Field(
        shape=ListOf(item=Section(fields=_RAISE, into=Raise, name="a mapping with to and when")),
        default=(),
        help="Conditions that make it worse.",
    ),
}
_OVERDUE = {
    "nudge": Field(
        shape=ListOf(item=OffsetShape(), single=True),
        default=Overdue().nudge,
        help="Who holds comms (else the commander) is reminded this long after the promised time; -5m: before it.",
    ),
    "escalate_to": Field(
        shape=ListOf(item=TargetShape(), single=True), default=(), help="Roles or people who are called out then."
    ),
    "escalate_at": Field(shape=OffsetShape(), default=Overdue().escalate_at, help="When they are called."),
    "holding": Field(
        shape=MessageShape(), default="", help="The pre-approved message that goes out when nobody has spoken."
    ),
    "holding_at": Field(
        shape=OffsetShape(), default=Overdue().holding_at, help="When it goes out; -1m keeps the promise."
    ),
    "holding_most": Field(
        shape=Integer(least=1, most=20), default=Overdue().holding_most, help="So many times in a row at most."
    ),
}
_CADENCE = {
    "first": Field(shape=Duration(), help="The first notice is out after this long."),
    "every": Field(shape=Duration(), help="Then an update at least this often."),
    "long_after": Field(shape=Duration(), help="After this long …"),
    "long_every": Field(shape=Duration(), help="… an update at least this often is enough."),
    "overdue": Field(
        shape=Section(fields=_OVERDUE, into=Overdue, name="what happens around a promised time: a mapping"),
        default=Overdue(),
        help="Who is reminded and called, and what goes out, when the next word is due.",
    ),
}
_GUARD = {
    "max_recipients_without_approval": Field(
        shape=Integer(least=0), help="A broadcast to more people than this needs an approval."
    ),
    "approval": Field(shape=ApprovalShape(), help="The approval such a broadcast needs when it declares none."),
    "break_glass": Field(
        shape=Boolean(), default=True, help="`false`: no gate of this playbook may be opened by one person alone."
    ),
    "locales_required": Field(
        shape=ListOf(item=Locale()),
        default=(),
        help="Nothing leaves the house while one of these languages is missing.",
    ),
    "canary": Field(shape=canary_shape(may_be_off=False), help="The first people of every notice, before the others."),
    "pause_if": Field(shape=pause_shape(may_be_off=False), help="When a notice that goes wrong is held."),
    "quiet_hours": Field(
        shape=quiet_shape(may_be_off=False),
        help="Notices wait for their end; not those with a legal_basis, nor in a sev1.",
    ),
}
_DEFAULTS = {
    "timeout": Field(shape=Duration(), help="For steps that say none."),
    "on_timeout": Field(shape=Choice(ON_TIMEOUT), default="fail", help="For steps that say none."),
    "on_error": Field(shape=Choice(ON_ERROR), default="fail", help="For steps that say none."),
    "retry": Field(shape=RETRY, help="For steps of types that act outside of this program and say none."),
}
_CONDITION = {
    "that": Field(shape=ExpressionShape(), required=True, help="What must hold."),
    "message": Field(shape=InlineShape(), help="What staff read while it does not."),
}
_HEAD: Mapping[str, Field] = {
    "schema": Field(shape=Choice((SCHEMA,)), required=True, default=SCHEMA, help="Says which rules the file follows."),
    "id": Field(shape=Slug(), required=True, default="", help="Its name; the same as the file's name without .yaml."),
    "revision": Field(shape=Integer(least=1), default=1, help="Count it up with every change."),
    "title": Field(shape=LocalText(), required=True, default={}, help="What staff see; one text, or one per locale."),
    "description": Field(shape=LocalText(), default={}, help="When to declare it."),
    "kind": Field(shape=Choice(KINDS), default="other", help="Words for the public fall back from case to kind."),
    "case": Field(shape=Slug(), default="", help="Which block of words the messages use; the id by default."),
    "owner": Field(shape=Text(), default="", help="The team that keeps it true."),
    "review_by": Field(shape=Day(), help="Lint warns after this day."),
    "last_drilled": Field(shape=Day(), help="When it was last played through."),
    "drill": TARGETS,
    "params": Field(
        shape=ListOf(item=DeclarationShape(named=True)), default=(), help="What whoever declares must or may give."
    ),
    "vars": Field(
        shape=MapOf(key=NameShape(), value=Anything()), default={}, help="Constants; `set` steps may change them."
    ),
    "roles": Field(
        shape=MapOf(value=Section(fields=_ROLE, into=Role, name="a role: a mapping")), default={}, help="Who does what."
    ),
    "restricted_to": Field(
        shape=ListOf(item=ViewerShape(), single=True),
        default=(),
        help="Only these roles and people, and whoever declares it, may see its incidents; all staff when left out.",
    ),
    "severity": Field(shape=Section(fields=_SEVERITY, into=Severity), default=Severity(), help="How bad it is."),
    "cadence": Field(
        shape=MapOf(key=Choice(SEVERITIES), value=Section(fields=_CADENCE, into=Cadence)),
        default={},
        help="How often the public hears of us, by severity.",
    ),
    "clocks": Field(
        shape=ListOf(item=ClocksShape()), default=(), help="Deadlines of authorities: rule files, or rules of its own."
    ),
    "guard": Field(shape=Section(fields=_GUARD, into=Guard), default=Guard(), help="Limits over every broadcast."),
    "defaults": Field(shape=Section(fields=_DEFAULTS, into=Defaults), default=Defaults(), help="What steps inherit."),
}


@dataclass(frozen=True, slots=True)
class ConditionShape:
    """A bare condition, or `{that: condition, message: text}` -> Condition."""

    section = Section(fields=_CONDITION, name="a condition: a mapping")

    def read(self, node: Node, path: str, reader: Reader) -> Condition:
        if node.kind != "map":
            return Condition(that=ExpressionShape().read(node, path, reader), line=node.line)
        values = self.section.read(node, path, reader)
        that = values["that"] or ExpressionShape().read(node, path, reader)
        return Condition(that=that, message=values["message"], line=node.line)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [ExpressionShape().schema(), self.section.schema()]}

    def words(self) -> str:
        return "an expression, or a mapping with that and message"


def file_section(step_types: Mapping[str, StepType]) -> Section:
    """The whole file, for these step types."""
    announce = step_types["announce"].fields if "announce" in step_types else {}
    notice = Section(fields=notice_fields(announce), name="a notice: a mapping")
    step = StepSection(types=step_types)
    tail = {
        "notices": Field(
            shape=Section(fields={name: Field(shape=notice, help=_NOTICE_HELP[name]) for name in NOTICES}),
            default={},
            help="Broadcasts that staff start by a command. Each has a default: the message of its name, to whoever "
            "received one before, by every channel.",
        ),
        "steps": Field(
            shape=ListOf(item=step, least=1),
            required=True,
            default=(),
            help="One after the other unless `needs` says otherwise.",
        ),
        "finally": Field(
            shape=ListOf(item=step),
            default=(),
            help="Steps for when the others are over, also when the run was aborted or the incident resolved; side by "
            "side unless `needs` says otherwise. A false alarm leaves none of them to do.",
        ),
        "handlers": Field(
            shape=Section(
                fields={name: Field(shape=ListOf(item=step), default=(), help=_HANDLER_HELP[name]) for name in HANDLERS}
            ),
            default={},
            help="Steps for when the run itself gets into trouble; side by side unless `needs` says otherwise.",
        ),
        "exit_when": Field(
            shape=ListOf(item=ConditionShape(), single=True),
            default=(),
            help="What must hold before the incident can be resolved; `--force` with a reason goes past it.",
        ),
        "outputs": Field(
            shape=MapOf(key=NameShape(), value=ExpressionShape()),
            default={},
            help="What a playbook that calls this one reads of it.",
        ),
        "tests": TESTS,
    }
    return Section(fields={**_HEAD, **tail}, name="a playbook: a mapping")


_HANDLER_HELP = {
    "failed": "When a step has failed that others need.",
    "aborted": "When the run was aborted.",
    "paused": "When the run was paused, by a person or by a step that failed.",
}
_NOTICE_HELP = {
    "update": "What `incident update` sends.",
    "resolved": "What `incident resolve` sends.",
    "correction": "What `incident correct` sends.",
}


def notice_fields(announce: Mapping[str, Field]) -> dict[str, Field]:
    """An announcement without id, type and place in the order, where nothing is required."""
    common = {
        "title": STEP["title"],
        "on_error": Field(shape=Choice(ON_ERROR), default="", help="What the run does when it fails; fail by default."),
        "note": STEP["note"],
    }
    own = {name: Field(shape=f.shape, help=f.help, default=f.default) for name, f in announce.items()}
    return {**common, **own}
