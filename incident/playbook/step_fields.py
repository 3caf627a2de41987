"""The fields of every step, whatever its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident.playbook.clock_sections import SpanShape
from incident.playbook.declaration import NameShape
from incident.playbook.model import BACKOFF, DRILL, ON_ERROR, ON_TIMEOUT, ForEach, Goto, Retry
from incident.playbook.shapes import ExpressionShape, InlineShape, RoleShape, StepShape
from incident.shape import Choice, Duration, Field, Integer, ListOf, LocalText, MapOf, Reader, Section, Slug, Text
from incident.yamlfile import Node

FAILURES = ("approval", "check", "connection", "exit_code", "inner", "output", "status", "timeout", "value")
"""Kinds of failure that `retry_on` may name."""

_RETRY = {
    "attempts": Field(shape=Integer(least=2, most=1000), default=3, help="How often in all."),
    "backoff": Field(
        shape=Choice(BACKOFF), default="exponential", help="Whether each wait is double the one before, or the same."
    ),
    "initial": Field(shape=Duration(), default=timedelta(seconds=10), help="The wait after the first failure."),
    "max": Field(shape=Duration(), default=timedelta(minutes=5), help="No wait is longer than this."),
    "retry_on": Field(
        shape=ListOf(item=Choice(FAILURES), single=True),
        default=(),
        help="Only after these kinds of failure; after any when left out.",
    ),
    "exit_codes": Field(
        shape=ListOf(item=Integer(least=1, most=255), single=True),
        default=(),
        help="Of a command's failures, only after these exit codes.",
    ),
}
RETRY = Section(fields=_RETRY, into=Retry, name="how it is tried again: a mapping")
_GOTO = {
    "goto": Field(shape=StepShape(), required=True, default="", help="The step beside it at which the run goes on."),
    "most": Field(shape=Integer(least=1, most=100), default=3, help="So often at most; then the step has failed."),
}
_EACH = {
    "in": Field(shape=ExpressionShape(), required=True, help="The list."),
    "as": Field(shape=NameShape(), default="item", help="What each value is called."),
}


@dataclass(frozen=True, slots=True)
class OnErrorShape:
    """`fail`, `continue`, `pause`, or `{goto: step-id}` -> str or Goto."""

    section = Section(fields=_GOTO, name="where to go on: a mapping")

    def read(self, node: Node, path: str, reader: Reader) -> str | Goto:
        if node.kind != "map":
            return Choice(ON_ERROR).read(node, path, reader)
        values = self.section.read(node, path, reader)
        return Goto(step=values["goto"], most=values["most"])

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [Choice(ON_ERROR).schema(), self.section.schema()]}

    def words(self) -> str:
        return f"one of {', '.join(ON_ERROR)}, or a mapping such as {{goto: ask-again, most: 3}}"


@dataclass(frozen=True, slots=True)
class ForEachShape:
    """An expression that gives a list, or `{in: expression, as: name}` -> ForEach."""

    section = Section(fields=_EACH, name="what it is done for: a mapping")

    def read(self, node: Node, path: str, reader: Reader) -> ForEach:
        if node.kind != "map":
            return ForEach(items=ExpressionShape().read(node, path, reader))
        values = self.section.read(node, path, reader)
        return ForEach(items=values["in"] or ExpressionShape().read(node, path, reader), name=values["as"])

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [ExpressionShape().schema(), self.section.schema()]}

    def words(self) -> str:
        return "an expression that gives a list, or a mapping such as {in: services, as: service}"


STEP: Mapping[str, Field] = {
    "id": Field(
        shape=Slug(), required=True, default="", help="Its durable name; history, timeline and commands use it."
    ),
    "type": Field(shape=Text(hint="a step type"), required=True, default="", help="What it does."),
    "title": Field(shape=LocalText(), default={}, help="What staff read; one text, or one per locale."),
    "when": Field(shape=ExpressionShape(), help="Skip the step unless this holds. A skipped step counts as done."),
    "needs": Field(
        shape=ListOf(item=StepShape(), single=True),
        help="Steps beside it that must be done first. Absent: the step above. []: starts at once.",
    ),
    "for_each": Field(
        shape=ForEachShape(),
        help="Done once for each value of a list, side by side; `item` and `turn` are its value and its number.",
    ),
    "assignee": Field(shape=RoleShape(), default="", help="The role whose holder does or answers it."),
    "due": Field(shape=SpanShape(), help="It should be done after this long; shown, and put on the task."),
    "timeout": Field(shape=Duration(), help="How long it may wait, or work."),
    "on_timeout": Field(shape=Choice(ON_TIMEOUT), default="", help="What happens after the timeout; fail by default."),
    "retry": Field(shape=RETRY, help="A step that fails is begun anew."),
    "on_error": Field(
        shape=OnErrorShape(), default="", help="What the run does when the step has failed; fail by default."
    ),
    "outputs": Field(
        shape=MapOf(key=NameShape(), value=ExpressionShape()),
        default={},
        help="What it brings, by names of your own; `result` is what its type brings.",
    ),
    "drill": Field(
        shape=Choice(DRILL),
        default="",
        help="In a drill: run it, redirect its words to the drill's audience, simulate it, or skip it. Left out: words "
        "are redirected, what changes nothing is run, everything else that leaves the house is simulated.",
    ),
    "note": Field(shape=InlineShape(), help="A sentence for the timeline when the step is done."),
}
"""What every step may say. A type that declares a field of the same name replaces it."""
