"""An escalation policy as data: whom to call, how long to wait, whom next. The section `policies` of incident.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from incident.priority import PRIORITIES
from incident.shape import Boolean, Choice, Duration, Field, Integer, ListOf, MapOf, Section, Slug, Text

WHEN = ("always", "working_hours", "off_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a policy: who is called, `repeat` times again, each time followed by `wait`.

    `to` and `fallback` hold persons, roles and `rota/NAME`; `fallback` is called when `to` is nobody who can be
    reached. With `all_must_ack` one answer is not enough. `priority` is '' for the page's own.
    """

    to: tuple[str, ...]
    wait: timedelta = timedelta(minutes=5)
    repeat: int = 0
    all_must_ack: bool = False
    when: str = "always"
    fallback: tuple[str, ...] = ()
    priority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Rungs from the first to the last, then `repeat` times again (None: for ever), until somebody acknowledges.

    `fallback` is told when it ends, or finds nobody. An acknowledgement is good for `ack_expires`. `roles` and
    `priorities` say for which pages it is used without being named.
    """

    steps: tuple[Rung, ...]
    name: str = ""
    repeat: int | None = None
    ack_expires: timedelta | None = None
    fallback: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    priorities: tuple[str, ...] = PRIORITIES


TARGET = Text(pattern=r"(?:rota/)?[a-z][a-z0-9]*(?:-[a-z0-9]+)*", hint="a person, a role or rota/NAME")
TARGETS = ListOf(item=TARGET, single=True, least=1)

_RUNG = {
    "to": Field(shape=TARGETS, required=True, default=(), help="Who is called: persons, roles, rota/NAME."),
    "wait": Field(shape=Duration(), default=timedelta(minutes=5), help="How long before the next call or step."),
    "repeat": Field(
        shape=Integer(least=0, most=20), default=0, help="How many times more this step calls, by the next contact."
    ),
    "all_must_ack": Field(
        shape=Boolean(), default=False, help="Each of those called must acknowledge; one does not do."
    ),
    "when": Field(
        shape=Choice(WHEN), default="always", help="Only in, or only out of, `paging.working_hours`; else passed over."
    ),
    "fallback": Field(
        shape=TARGETS, default=(), help="Who is called in their place when they are nobody, or nobody can reach them."
    ),
    "priority": Field(shape=Choice(PRIORITIES), default="", help="Instead of the page's own priority."),
}


def _policy(**values: Any) -> Any:
    """A policy without its name yet: the key of the mapping, filled in by `read_policies`."""
    values["priorities"] = values["priorities"] or PRIORITIES
    return partial(Policy, **values)


_POLICY = Section(
    name="a policy",
    into=_policy,
    fields={
        "steps": Field(
            shape=ListOf(item=Section(fields=_RUNG, into=Rung, name="a step: {to: …, wait: 5m}"), least=1),
            required=True,
            default=(),
            help="Who is called, in order; the next when nobody has acknowledged.",
        ),
        "repeat": Field(
            shape=Integer(least=0, most=100),
            help="How many times more the steps are gone through; then `fallback` is told. Left out: for ever.",
        ),
        "ack_expires": Field(
            shape=Duration(),
            help="An acknowledgement is good for this long; then the policy begins again, unless it was renewed.",
        ),
        "fallback": Field(
            shape=TARGETS, default=(), help="Who is told when it finds nobody. Default: `paging.fallback`."
        ),
        "roles": Field(
            shape=ListOf(item=Slug(), single=True), default=(), help="It is used for pages to these roles by itself."
        ),
        "priorities": Field(
            shape=ListOf(item=Choice(PRIORITIES), single=True), default=(), help="… of these priorities; default: all."
        ),
    },
)

SECTION = Field(
    shape=MapOf(value=_POLICY),
    default={},
    help="Escalation: whom to call, how long to wait, whom next. Playbooks name one as policy/NAME.",
)


def read_policies(values: Mapping[str, Any]) -> dict[str, Policy]:
    """The section's value as policies by name."""
    return {name: make(name=name) for name, make in values.items()}
