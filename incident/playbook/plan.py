"""A playbook for eyes and for scripts: the plan as lines of text, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from incident.expression import Expression, Inline
from incident.now import duration_text, iso
from incident.playbook.model import Approval, Condition, Param, Playbook, Step
from incident.playbook.params import MASK, describe
from incident.playbook.sending import First
from incident.playbook.span import Span
from incident.shape import choose


def to_json(playbook: Playbook) -> dict[str, Any]:
    """The whole playbook as JSON can hold it; the default of a secret shows as `***`."""
    return {field.name: _plain(getattr(playbook, field.name)) for field in fields(playbook) if field.name != "text"}


def _plain(value: Any) -> Any:
    if isinstance(value, Expression | Inline):
        return value.text
    if isinstance(value, Param) and value.secret and value.default is not None:
        return {**{f.name: _plain(getattr(value, f.name)) for f in fields(value)}, "default": MASK}
    if isinstance(value, First):
        return value.people or str(value)
    if isinstance(value, Span):
        return str(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def lines(playbook: Playbook, locales: Sequence[str]) -> Iterator[str]:
    """The plan as a person reads it, in the first of `locales` that the playbook speaks."""
    yield f"{playbook.id} (revision {playbook.revision}): {choose(playbook.title, locales)}"
    if playbook.description:
        yield choose(playbook.description, locales)
    yield f"{playbook.kind}, {playbook.severity.default} at first, from {playbook.file}"
    if playbook.restricted_to:
        yield f"Only {', '.join(playbook.restricted_to)} and whoever declares it may see its incidents."
    if playbook.params:
        yield "\nParameters (--param NAME=VALUE)"
        yield from (_param(param) for param in playbook.params)
    if playbook.roles:
        yield "\nRoles"
        for name, role in playbook.roles.items():
            apart = f" Not the same person as {_either(role.not_same_as)}." if role.not_same_as else ""
            yield f"  {name}{' (required)' if role.required else ''}: {role.help}{apart}".rstrip(": ")
    if playbook.clocks:
        yield "\nDeadlines of authorities"
        yield from (f"  {clock.id}{_if(clock.applies_when)}" for clock in playbook.clocks)
    yield "\nSteps"
    yield from _steps(playbook.steps, locales)
    for name, steps in (("Finally", playbook.finally_), *(_handler(*one) for one in playbook.handlers.items())):
        if steps:
            yield f"\n{name}"
            yield from _steps(steps, locales)
    if playbook.exit_when:
        yield "\nBefore it can be resolved"
        yield from (f"  {_condition(condition)}" for condition in playbook.exit_when)


def _param(param: Param) -> str:
    default = "" if param.default is None else f" [{MASK if param.secret else _shown(param.default)}]"
    return f"  {param.name}{' (required)' if param.required else default}: {describe(param)}"


def _handler(name: str, steps: Sequence[Step]) -> tuple[str, Sequence[Step]]:
    return f"When the run has {'been ' if name != 'failed' else ''}{name}", steps


def _if(condition: Expression | None) -> str:
    return f": if {condition.text}" if condition else ""


def _condition(condition: Condition) -> str:
    return condition.that.text + (f" - {condition.message.text}" if condition.message else "")


def _steps(steps: Sequence[Step], locales: Sequence[str], indent: str = "") -> Iterator[str]:
    """Each step and those inside it, further to the right."""
    above: tuple[str, ...] = ()
    for number, step in enumerate(steps, 1):
        yield from (f"{indent}{line}" for line in _step(number, step, above, locales))
        yield from _steps(step.steps, locales, f"{indent}    ")
        above = (step.id,)


def _step(number: int, step: Step, above: tuple[str, ...], locales: Sequence[str]) -> Iterator[str]:
    title = choose(step.title, locales)
    yield f"{number:3}. {step.id} ({step.type}){': ' + title if title else ''}"
    start = "at once" if not step.needs else "" if step.needs == above else "after " + " and ".join(step.needs)
    parts = [
        start,
        f"if {step.when.text}" if step.when else "",
        f"by {step.assignee}" if step.assignee else "",
        *(f"{name}: {_shown(value)}" for name, value in step.fields.items() if value not in (None, "", (), {})),
        f"due after {step.due}" if step.due else "",
        f"at most {duration_text(step.timeout)}, then {step.on_timeout}" if step.timeout else "",
        f"on error {step.on_error}" if step.on_error != "fail" else "",
    ]
    yield from (f"       {part}" for part in parts if part)


def _shown(value: Any) -> str:
    if isinstance(value, Approval):
        quorum = f"{value.quorum} of " if value.quorum > 1 else ""
        within = f" within {duration_text(value.within)}, then {value.on_expire}" if value.within else ""
        return f"{quorum}{_either(value.by)}{', not the author' if value.not_author else ''}{within}"
    if isinstance(value, Param):
        return f"({describe(value)})"
    if isinstance(value, Expression | Inline):
        return value.text
    if is_dataclass(value) and not isinstance(value, First):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_shown(inner)}" for key, inner in value.items() if inner not in (None, ""))
    if isinstance(value, bool):
        return str(value).lower()
    plain = _plain(value)
    if not isinstance(plain, list):
        return str(plain)
    return ", ".join(" then ".join(map(str, one)) if isinstance(one, list) else str(one) for one in plain)


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
