"""What a pass looks at, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A delivery that is about to be sent. `copy` is 1 for the first row with its address on its channel.

    `post` is true for a channel that posts once and needs no address; `sink` for the files of a drill. `rehearses`: the
    recipient is marked for drills; None for whoever stands in no audience (staff, posts).
    """

    address: str
    channel: str
    post: bool
    copy: int
    opt_out: tuple[str, ...]
    chosen: tuple[str, ...]
    suppressed_for: str | None
    critical: bool
    expires_at: datetime | None
    now: datetime
    drill: bool = False
    rehearses: bool | None = None
    sink: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that the delivery gets instead of being sent, and why."""

    state: str
    reason: str
