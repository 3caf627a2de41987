"""What a playbook says, as frozen values. Whoever runs one needs nothing but these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from incident.expression import Expression, Inline
from incident.playbook.clock import ClockUse
from incident.playbook.drill import Targets
from incident.playbook.sending import Canary, PauseIf, QuietHours
from incident.playbook.span import Span
from incident.playbook.testing import PlaybookTest

SCHEMA = "incident.playbook/v1"
KINDS = ("force_majeure", "mass_complaint", "security", "fraud", "outage", "other")
SEVERITIES = ("sev1", "sev2", "sev3", "sev4")
"""Worst first."""
PARAM_TYPES = ("string", "text", "integer", "number", "boolean", "list", "datetime", "duration")
ON_EXPIRE = ("keep-waiting", "send-holding", "skip", "fail")
ON_TIMEOUT = ("fail", "continue", "escalate")
ON_ERROR = ("fail", "continue", "pause")
"""Besides `{goto: step-id}`."""
BACKOFF = ("exponential", "fixed")
DRILL = ("run", "redirect", "simulate", "skip")
HANDLERS = ("failed", "aborted", "paused")
NESTS = ("in-order", "side-by-side", "turns", "playbook")
"""How the steps inside a step stand to each other; `playbook`: they are another file's."""
NOTICES = ("update", "resolved", "correction")
"""Broadcasts that staff start by a command; every playbook has all three, declared or by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One value that whoever declares must or may give; also one field of a question. `default` is already typed."""

    name: str
    type: str = "string"
    required: bool = False
    default: Any = None
    enum: tuple[Any, ...] = ()
    min: float | None = None
    max: float | None = None
    pattern: str = ""
    secret: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A hat that one person wears during the incident. `page` names people or roles to wake for it, in order."""

    required: bool = False
    page: tuple[str, ...] = ()
    claim_within: timedelta | None = None
    not_same_as: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who must agree before something leaves the house, and what happens when nobody does within the time.

    `break_glass`: one person may open it alone, with a reason, and every commander is told."""

    by: tuple[str, ...]
    quorum: int = 1
    not_author: bool = True
    within: timedelta | None = None
    on_expire: str = "keep-waiting"
    break_glass: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """Severity becomes `to` (if that is worse than now) once `when` holds."""

    to: str
    when: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    default: str = "sev2"
    raise_when: tuple[Raise, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What happens around the time of a promised word. Offsets count from that time; a negative one lies before it.

    `holding` is the pre-approved message that goes out when nobody has spoken by then, `holding_most` times in a row.
    """

    nudge: tuple[timedelta, ...] = (timedelta(minutes=-5), timedelta(0))
    escalate_to: tuple[str, ...] = ()
    escalate_at: timedelta = timedelta(minutes=5)
    holding: str = ""
    holding_at: timedelta = timedelta(minutes=10)
    holding_most: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often the public hears of us: the first word, then `every`; `long_every` once `long_after` has passed."""

    first: timedelta | None = None
    every: timedelta | None = None
    long_after: timedelta | None = None
    long_every: timedelta | None = None
    overdue: Overdue = field(default_factory=Overdue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Limits over every broadcast of the run. `approval` is what an unsigned notice to too many people then needs.
    `canary`, `pause_if` and `quiet_hours` hold for each notice that says nothing else."""

    max_recipients_without_approval: int | None = None
    approval: Approval | None = None
    break_glass: bool = True
    locales_required: tuple[str, ...] = ()
    canary: Canary | None = None
    pause_if: PauseIf | None = None
    quiet_hours: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A step that fails is begun anew, `attempts` times in all, after `initial`, then twice that … up to `max`.

    `retry_on` names the kinds of failure and `exit_codes` those of a command that are tried again; empty: all.
    """

    attempts: int = 3
    backoff: str = "exponential"
    initial: timedelta = timedelta(seconds=10)
    max: timedelta = timedelta(minutes=5)
    retry_on: tuple[str, ...] = ()
    exit_codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto:
    """Where a run goes on when a step has failed, at most `most` times."""

    step: str
    most: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """The step is done once for each value of a list, side by side; the value is `name` in its expressions."""

    items: Expression
    name: str = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must hold, and what staff read while it does not. `line` is its place in the playbook's file."""

    that: Expression
    message: Inline | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a step inherits; the loader has applied them already."""

    timeout: timedelta | None = None
    on_timeout: str = "fail"
    on_error: str = "fail"
    retry: Retry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `needs` is resolved: a step that names none follows the one before it; `()` starts at once.

    `fields` holds the values that the step's type declares, read by that type's shapes (absent ones have their
    default). `title` maps locale to text; plain text stands under ''. `nests` says how its inner `steps` stand to each
    other ('' for a step without any). In a run `id` and `needs` are keys: the whole path (`notify.loop[2].update`).
    """

    id: str
    type: str
    title: Mapping[str, str] = field(default_factory=dict)
    when: Expression | None = None
    needs: tuple[str, ...] = ()
    assignee: str = ""
    timeout: timedelta | None = None
    on_timeout: str = "fail"
    on_error: str = "fail"
    goto: Goto | None = None
    retry: Retry | None = None
    undo: Step | None = None
    for_each: ForEach | None = None
    due: Span | None = None
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    drill: str = ""
    note: Inline | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    nests: str = ""
    steps: tuple[Step, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A whole playbook without mistakes. `hash` is the SHA-256 of `text` (and of the texts of what it calls); a run
    keeps them as its snapshot. `called` holds each playbook that one of its steps calls, by name. `lineage` tells for
    each step's id the ids of the steps it stands in, outermost first."""

    id: str
    revision: int
    title: Mapping[str, str]
    kind: str
    case: str
    steps: tuple[Step, ...]
    notices: Mapping[str, Step]
    hash: str
    text: str
    file: str
    description: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    review_by: date | None = None
    last_drilled: date | None = None
    drill: Targets = field(default_factory=Targets)
    params: tuple[Param, ...] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    restricted_to: tuple[str, ...] = ()
    severity: Severity = field(default_factory=Severity)
    cadence: Mapping[str, Cadence] = field(default_factory=dict)
    clocks: tuple[ClockUse, ...] = ()
    guard: Guard = field(default_factory=Guard)
    defaults: Defaults = field(default_factory=Defaults)
    finally_: tuple[Step, ...] = ()
    handlers: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    exit_when: tuple[Condition, ...] = ()
    outputs: Mapping[str, Expression] = field(default_factory=dict)
    tests: tuple[PlaybookTest, ...] = ()
    called: Mapping[str, Playbook] = field(default_factory=dict)
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def step(self, id: str) -> Step:
        """The step of that id, a notice included (`notice.update`). Raises KeyError."""
        for step in (*self.steps, *self.notices.values()):
            if step.id == id:
                return step
        raise KeyError(id)
