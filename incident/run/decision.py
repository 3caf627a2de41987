"""What `advance` can answer: do something, close a step, or wait (and for whom)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Perform a verb of a step: its effect and its event are one transaction."""

    step: str
    verb: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A step is over: `done`, `failed` or `skipped`, with its outputs and the reason. `pause` stops the run there."""

    step: str
    state: str
    reason: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    vars: Mapping[str, Any] = field(default_factory=dict)
    pause: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A step waits for a person (`role`, by `command`), or for a time (`due`), or both."""

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


Act = Do | Close | Finish | Worsen


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The next act if there is one; else what the run waits for and when it must be looked at again."""

    act: Act | None
    waiting: tuple[Wait, ...] = ()
    next_due: datetime | None = None
