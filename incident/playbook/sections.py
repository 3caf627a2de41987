"""The sections of a playbook file, declared once: they read it, print its JSON Schema and its reference page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incident import registry
from incident.playbook.clock_sections import ClocksShape
from incident.playbook.declaration import DeclarationShape, NameShape
from incident.playbook.model import (
    KINDS,
    NOTICES,
    ON_ERROR,
    ON_TIMEOUT,
    SCHEMA,
    SEVERITIES,
    Cadence,
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
    StepShape,
    TargetShape,
)
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

STEP: Mapping[str, Field] = {
    "id": Field(
        shape=Slug(), required=True, default="", help="Its durable name; history, timeline and commands use it."
    ),
    "type": Field(shape=Text(hint="a step type"), required=True, default="", help="What it does."),
    "title": Field(shape=LocalText(), default={}, help="What staff read; one text, or one per locale."),
    "when": Field(shape=ExpressionShape(), help="Skip the step unless this holds. A skipped step counts as done."),
    "needs": Field(
        shape=ListOf(item=StepShape(), single=True),
        help="Steps that must be done first. Absent: the step above. []: starts at once.",
    ),
    "assignee": Field(shape=RoleShape(), default="", help="The role whose holder does or answers it."),
    "timeout": Field(shape=Duration(), help="How long it may wait."),
    "on_timeout": Field(shape=Choice(ON_TIMEOUT), default="", help="What happens after the timeout; fail by default."),
    "on_error": Field(
        shape=Choice(ON_ERROR), default="", help="What the run does when the step fails; fail by default."
    ),
    "note": Field(shape=InlineShape(), help="A sentence for the timeline when the step is done."),
}
"""What every step may say. A type that declares a field of the same name replaces it."""

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
    "params": Field(
        shape=ListOf(item=DeclarationShape(named=True)), default=(), help="What whoever declares must or may give."
    ),
    "vars": Field(
        shape=MapOf(key=NameShape(), value=Anything()), default={}, help="Constants; `set` steps may change them."
    ),
    "roles": Field(
        shape=MapOf(value=Section(fields=_ROLE, into=Role, name="a role: a mapping")), default={}, help="Who does what."
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


def file_section(step_types: Mapping[str, StepType]) -> Section:
    """The whole file, for these step types."""
    announce = step_types["announce"].fields if "announce" in step_types else {}
    notice = Section(fields=notice_fields(announce), name="a notice: a mapping")
    tail = {
        "notices": Field(
            shape=Section(fields={name: Field(shape=notice, help=_NOTICE_HELP[name]) for name in NOTICES}),
            default={},
            help="Broadcasts that staff start by a command. Each has a default: the message of its name, to whoever "
            "received one before, by every channel.",
        ),
        "steps": Field(
            shape=ListOf(item=StepSection(types=step_types), least=1),
            required=True,
            default=(),
            help="One after the other unless `needs` says otherwise.",
        ),
    }
    return Section(fields={**_HEAD, **tail}, name="a playbook: a mapping")


_NOTICE_HELP = {
    "update": "What `incident update` sends.",
    "resolved": "What `incident resolve` sends.",
    "correction": "What `incident correct` sends.",
}


def notice_fields(announce: Mapping[str, Field]) -> dict[str, Field]:
    """An announcement without id, type and place in the order, where nothing is required."""
    common = {name: STEP[name] for name in ("title", "on_error", "note")}
    own = {name: Field(shape=f.shape, help=f.help, default=f.default) for name, f in announce.items()}
    return {**common, **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSection:
    """One step -> its values as a dict (with `line`, its type's fields among them); which fields depends on `type`."""

    types: Mapping[str, StepType]

    def read(self, node: Node, path: str, reader: Reader) -> dict[str, Any]:
        kind = self._type(node, reader)
        if node.kind != "map" or kind is not None:
            fields = {**STEP, **(kind.fields if kind else {})}
            return {"line": node.line, **Section(fields=fields, name="a step: a mapping").read(node, path, reader)}
        known = {name: child for name, child in node.value.items() if name in STEP}
        common = Node(kind="map", value=known, line=node.line, column=node.column, keys=node.keys)
        return {"line": node.line, **Section(fields=STEP).read(common, path, reader)}

    def _type(self, node: Node, reader: Reader) -> StepType | None:
        """The step's type. An unknown one is told here; a missing one by the section."""
        named = node.value.get("type") if node.kind == "map" else None
        if named is None or named.kind != "text":
            return None
        if named.value not in self.types:
            near, known = registry.nearest(named.value, self.types), f"Known: {', '.join(sorted(self.types))}."
            hint = near if near == known else f"{near} {known}"
            reader.wrong(named, "unknown_step_type", f"There is no step type '{named.value}'. {hint}")
        return self.types.get(named.value)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["id", "type"],
            "properties": {"type": {"enum": sorted(self.types)}},
            "allOf": [self._branch(name, kind) for name, kind in sorted(self.types.items())],
        }

    def _branch(self, name: str, kind: StepType) -> dict[str, Any]:
        whole = Section(fields={**STEP, **kind.fields}).schema()
        whole["properties"]["type"] = {"const": name, "description": kind.help}
        return {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": whole}

    def words(self) -> str:
        return "a step"
