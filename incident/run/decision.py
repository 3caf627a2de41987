"""What `advance` can answer: one act, or what a run waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.outside.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Perform a verb of a step: its effect and its event are one transaction."""

    step: str
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something about a step is written down (it has begun, its second turn has); nothing else happens."""

    step: str
    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intend:
    """Something is to be done outside of this program, over by `until` at the latest. The intent is written down
    before it is done, and the outcome after it. `shown` is the request without its secrets."""

    step: str
    request: Request
    shown: str
    effect: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A step that has failed begins anew, not before a time. `attempt` counts all, with the first."""

    step: str
    attempt: int
    reason: str
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A step has failed, and the run goes on at `to`: the steps `again` begin anew, the steps `over` are left out."""

    step: str
    to: str
    reason: str
    again: tuple[str, ...] = ()
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A step is over: `done`, `failed` or `skipped`, with its outputs and the reason. `pause` stops the run there;
    `code` is the kind of failure (see `incident.playbook.step_fields.FAILURES`)."""

    step: str
    state: str
    reason: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    pause: bool = False
    code: str = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A step waits for a person (`role`, by `command`), or for a time (`due`), or both. Without a `why` it only holds
    others, and these tell what they wait for."""

    step: str
    type: str
    why: str
    role: str = ""
    command: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The run is over: `finished`, or `failed` when what failed kept other steps from starting."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsen:
    """The incident becomes more severe: a rule of the playbook holds. Each rule does so once; a person may lower it."""

    to: str
    because: str
    rule: int


Act = Do | Mark | Intend | Again | Jump | Close | Finish | Worsen


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The next act if there is one; else what the run waits for and when it must be looked at again."""

    act: Act | None
    waiting: tuple[Wait, ...] = ()
    next_due: datetime | None = None


def waits(waiting: Sequence[Wait]) -> Plan:
    """Nothing to do now: what is told of it, and when to look again."""
    dues = [wait.due for wait in waiting if wait.due is not None]
    return Plan(act=None, waiting=tuple(wait for wait in waiting if wait.why), next_due=min(dues, default=None))
