"""Shapes of a playbook's own values: conditions, audiences, and names of other things.

A name can be checked only when the whole file was read (a role may stand below the step that uses it), so these
shapes note each use with its place in `reader.uses`; `checks` looks at them afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

from incident.expression import Expression, ExpressionError, Inline, compile_expression, compile_inline
from incident.now import parse_duration
from incident.playbook.model import ON_EXPIRE, Approval
from incident.shape import Boolean, Choice, Duration, Field, Integer, ListOf, Reader, Section, Text, Use
from incident.shape.reader import kind_words
from incident.yamlfile import Node

_TEXT = Text()
_NOTHING = compile_expression("none")


def sentence(error: Exception) -> str:
    """What an error says, as a sentence."""
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _use(kind: str, value: Any, node: Node, path: str, reader: Reader) -> None:
    reader.uses.append(Use(kind=kind, value=value, path=path, line=node.line, column=node.column))


@dataclass(frozen=True, slots=True)
class ExpressionShape:
    """A bare condition or value (`dc == 'sh1'`) -> Expression. `true`, `false` and numbers are constants."""

    def read(self, node: Node, path: str, reader: Reader) -> Expression:
        if node.kind in ("map", "list", "null"):
            reader.wrong(node, "wrong_type", f"Expected {self.words()}; a bracket or comma at its start needs quotes.")
            return _NOTHING
        try:
            expression = compile_expression(str(node.raw))
        except ExpressionError as error:
            reader.wrong(node, "bad_expression", sentence(error))
            return _NOTHING
        _use("expression", expression, node, path, reader)
        return expression

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "boolean", "number"]}

    def words(self) -> str:
        return "an expression such as dc == 'sh1'"


@dataclass(frozen=True, slots=True)
class InlineShape:
    """Text that may hold `{{ name }}` -> Inline."""

    hint: str = "text, with {{ name }} where a value belongs"

    def read(self, node: Node, path: str, reader: Reader) -> Inline:
        text = Text(hint=self.hint).read(node, path, reader)
        try:
            inline = compile_inline(text)
        except ExpressionError as error:
            reader.wrong(node, "bad_expression", sentence(error))
            return compile_inline("")
        _use("inline", inline, node, path, reader)
        return inline

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def words(self) -> str:
        return self.hint


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of something that stands elsewhere -> str."""

    kind: ClassVar[str]
    hint: ClassVar[str]

    def read(self, node: Node, path: str, reader: Reader) -> str:
        name = Text(hint=self.hint).read(node, path, reader)
        if node.kind == "text" and name:
            _use(self.kind, name, node, path, reader)
        return name

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def words(self) -> str:
        return self.hint


class AudienceShape(_Name):
    kind = "audience"
    hint = "an audience such as everyone, users_of(affected_services) or received('first-notice')"


class RoleShape(_Name):
    kind = "role"
    hint = "a role of this playbook"


class TargetShape(_Name):
    """Whom to page."""

    kind = "target"
    hint = "a role of this playbook, a person of incident.yaml, policy/NAME or rota/NAME"


class ViewerShape(_Name):
    """Who may see a restricted incident."""

    kind = "viewer"
    hint = "a role of this playbook, or a person of incident.yaml"


class MessageShape(_Name):
    kind = "message"
    hint = "a message (a folder under templates/)"


class ChannelShape(_Name):
    kind = "channel"
    hint = "a channel of incident.yaml"


class VarShape(_Name):
    """A var that a `set` step changes; it must be declared, so that whoever reads it earlier finds a value."""

    kind = "var"
    hint = "a name that stands under vars"


class ClockShape(_Name):
    """A clock that stands under `clocks`, or a rule file under playbooks/clocks/."""

    kind = "clock"
    hint = "a clock (see: incident clock rules)"


class OffsetShape:
    """`5m` after something, `-5m` before it, `0m` at it -> timedelta."""

    def read(self, node: Node, path: str, reader: Reader) -> timedelta:
        text = node.value if node.kind == "text" else ""
        try:
            offset = parse_duration(text.removeprefix("-").removeprefix("+"))
        except ValueError:
            reader.wrong(node, "wrong_type", f"Expected {self.words()}, found {kind_words(node)}.")
            return timedelta(0)
        return -offset if text.startswith("-") else offset

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[-+]?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$", "minLength": 2}

    def words(self) -> str:
        return "a time after it such as 5m, before it such as -5m, or 0m"


class PlaybookShape(_Name):
    """Another playbook, in the workspace's folder or shipped."""

    kind = "playbook"
    hint = "a playbook (see: incident playbook list)"


_ONE_VALUE = re.compile(r"\s*\{\{(.*)\}\}\s*", re.DOTALL)


class ValueShape:
    """Any value. A text that is one `{{ … }}` gives the value itself, with its type -> Expression; one with `{{ }}`
    among other words a text -> Inline; everything else stands for itself."""

    def read(self, node: Node, path: str, reader: Reader) -> Any:
        if node.kind != "text" or "{{" not in node.value:
            return node.plain()
        whole = _ONE_VALUE.fullmatch(node.value)
        if whole is None or "{{" in whole[1] or "}}" in whole[1]:
            return InlineShape().read(node, path, reader)
        return ExpressionShape().read(replace(node, raw=whole[1].strip()), path, reader)

    def schema(self) -> dict[str, Any]:
        return {}

    def words(self) -> str:
        return "any value; '{{ name }}' gives the value of that name"


@dataclass(frozen=True, slots=True)
class StepShape:
    """The id of a step of this playbook -> str. With `type`, only a step of that type will do."""

    type: str = ""

    def read(self, node: Node, path: str, reader: Reader) -> str:
        id = Text(hint=self.words()).read(node, path, reader)
        if node.kind == "text" and id:
            _use("step", (id, self.type), node, path, reader)
        return id

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def words(self) -> str:
        return f"the id of {'an ' + self.type if self.type else 'a'} step"


APPROVAL_FIELDS = {
    "by": Field(
        shape=ListOf(item=RoleShape(), single=True, least=1),
        required=True,
        default=(),
        help="Roles whose holders may approve.",
    ),
    "quorum": Field(shape=Integer(least=1, most=9), default=1, help="How many different people must approve."),
    "not_author": Field(shape=Boolean(), default=True, help="Whoever started it may not approve it."),
    "within": Field(shape=Duration(), help="After this long without an answer, `on_expire` happens."),
    "on_expire": Field(
        shape=Choice(ON_EXPIRE), default="keep-waiting", help="What happens when nobody answered within the time."
    ),
    "break_glass": Field(
        shape=Boolean(),
        default=True,
        help="One person may open it alone, with a reason that every commander is told. `false` forbids it.",
    ),
}


@dataclass(frozen=True, slots=True)
class ApprovalShape:
    """A gate -> Approval."""

    section: Section = field(default_factory=lambda: Section(fields=APPROVAL_FIELDS, into=Approval, name="an approval"))

    def read(self, node: Node, path: str, reader: Reader) -> Approval:
        approval: Approval = self.section.read(node, path, reader)
        if approval.on_expire != "keep-waiting" and approval.within is None:
            reader.wrong(node, "never_expires", "'on_expire' never happens without 'within'; add e.g. within: 10m.")
        return approval

    def schema(self) -> dict[str, Any]:
        return self.section.schema()

    def words(self) -> str:
        return "an approval"
