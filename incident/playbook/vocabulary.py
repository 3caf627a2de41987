"""The words a playbook may use. `wiring` fills it, so that the loader imports no step type, template or audience."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from incident.playbook.clock import ClockRule
from incident.shape import Field

Effect = Literal["none", "internal", "external"]

NAMES = frozenset({"params", "vars", "incident", "steps", "roles", "answers", "signals", "clocks"})
"""What every expression may read, besides each parameter and each var by its own name."""

INCIDENT = frozenset({"id", "severity", "phase", "state", "kind", "declared_by", "clocks_running"})
"""What `incident.` has in an expression, besides each parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepType:
    """One step type: its own fields, how far its effect reaches, and a sentence for the reference.

    `answers` tells what `steps['id'].` has besides `state`, given the step's fields; None leaves it
    unchecked.
    `check` looks at the fields together and returns a sentence when they do not make sense, else ''.
    `nests` says that it holds other steps, and how these stand to each other. `afterwards`: it still means something
    when nobody is told or asked any more. `outward`: it does something outside of this program. `like` names the type
    that this one is a case of: it has its other fields too, those of `fixed` with these values.
    """

    fields: Mapping[str, Field]
    effect: Effect = "internal"
    help: str = ""
    answers: Callable[[Mapping[str, Any]], frozenset[str] | None] | None = None
    check: Callable[[Mapping[str, Any]], str] | None = None
    nests: str = ""
    afterwards: bool = False
    outward: bool = False
    like: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Everything that a playbook's text is checked against.

    `audience` answers the parameters that an audience text reads, and raises ValueError with the reason when the
    text is none. `playbooks` are the texts of all that can be called, by name. `needs_words` are messages that carry
    what staff write at that moment: no step can send them by itself. `posts` are the channels that post once for all.
    `locales` are those the organisation speaks; empty means that this is not checked.
    """

    step_types: Mapping[str, StepType]
    audience: Callable[[str], frozenset[str]]
    messages: frozenset[str] = frozenset()
    needs_words: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    rotas: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    locales: tuple[str, ...] = ()
    clocks: Mapping[str, ClockRule] = field(default_factory=dict)
    playbooks: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = NAMES
    incident: frozenset[str] = field(default=INCIDENT)

    @property
    def callable(self) -> frozenset[str]:
        """What can be called out besides the playbook's own roles."""
        rotas = {f"rota/{name}" for name in self.rotas}
        return self.people | rotas | {f"policy/{name}" for name in self.policies}
