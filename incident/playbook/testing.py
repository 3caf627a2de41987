"""What a playbook's own tests say, as frozen values: what is given, what happens then, what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from incident.expression import Expression

OUTCOMES = ("ok", "failed", "lost")
"""How something outside ends: well, badly, or so that nobody knows (its worker died)."""
STEP_STATES = ("new", "open", "done", "failed", "skipped")
CLOCK_STATES = ("none", "running", "submitted", "dismissed")
RUN_STATES = ("running", "paused", "resolved", "failed", "aborted", "ended", "finished")
INCIDENT_STATES = ("open", "resolved", "cancelled")
PHASES = ("investigating", "identified", "monitoring", "resolved")
USUAL_PEOPLE = 1_000
"""How many people an audience is taken for when a test says nothing."""

_NONE: Any = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a step that waits for people is answered: so long after it began to wait (None: never), by whom, with which
    values; `reject` is the reason why a gate is refused."""

    after: timedelta | None = timedelta(0)
    by: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    reject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who takes a role, so long after the declaration (None: nobody)."""

    after: timedelta | None = timedelta(0)
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How something outside of this program ends, so long after it began."""

    state: str = "ok"
    code: str = ""
    words: str = ""
    after: timedelta = timedelta(0)
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a test begins with. `staff_after`: all that waits for people is done so long after it began to wait, but for
    what `answers` and `claims` say; without it nobody does anything. `updates`: somebody sends each promised word in
    time; `reports`: somebody reports to authorities in time. `held` are notices that are held back (a language is
    missing, say) for so long. `outcomes` of a step follow on each other; the last one stays."""

    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = ""
    declared_by: str = "declarer"
    people: int = USUAL_PEOPLE
    drill: bool = False
    staff_after: timedelta | None = None
    updates: bool = False
    reports: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    answers: Mapping[str, Reply] = field(default_factory=dict)
    outcomes: Mapping[str, tuple[Ending, ...]] = field(default_factory=dict)
    held: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody does at a moment. `verb` is the key it stands under; `name` a step, role, clock, signal or word."""

    verb: str
    name: str = ""
    by: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A broadcast that went out, or must not have: of which step, with which message. The times count from the
    declaration; `times` is how many in all (None: at least one)."""

    step: str = ""
    template: str = ""
    at_most: timedelta | None = None
    at_least: timedelta | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """Somebody who was called out, or must not have been. `because` is a step, `role/NAME` for one that nobody claimed,
    `promise` for a late word, `clock/NAME` for a deadline, or '' for any reason."""

    to: str = ""
    because: str = ""
    at_most: timedelta | None = None
    at_least: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning of a deadline: at so many hundredths of its time (None: any)."""

    clock: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """How many words that were promised in public were kept, broken, or are still awaited; None is not looked at."""

    kept: int | None = None
    broken: int | None = None
    open: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must be so at a moment; what is left out is not looked at."""

    sent: tuple[Sent, ...] = _NONE
    not_sent: tuple[Sent, ...] = _NONE
    waiting_for: tuple[str, ...] = _NONE
    not_waiting_for: tuple[str, ...] = _NONE
    open_gates: tuple[str, ...] | None = None
    open_tasks: tuple[str, ...] = _NONE
    paged: tuple[Paged, ...] = _NONE
    not_paged: tuple[Paged, ...] = _NONE
    steps: Mapping[str, str] = field(default_factory=dict)
    phase: str = ""
    severity: str = ""
    state: str = ""
    run: str = ""
    promises: Promises = field(default_factory=Promises)
    clocks: Mapping[str, str] = field(default_factory=dict)
    warned: tuple[Warned, ...] = _NONE
    can_resolve: bool | None = None
    that: tuple[Expression, ...] = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """So much time passes, then people act, then something is expected. `lines` are those of each expectation."""

    advance: timedelta = timedelta(0)
    acts: tuple[Act, ...] = ()
    expect: Expect | None = None
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookTest:
    """One story of a playbook in virtual time. `line` is where it stands in the file."""

    name: str
    given: Given = field(default_factory=Given)
    moments: tuple[Moment, ...] = ()
    line: int = 0
