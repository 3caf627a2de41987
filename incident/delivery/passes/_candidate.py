"""What a pass looks at, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A delivery that is about to be sent. `copy` is 1 for the first row with its address on its channel.

    `post` is true for a channel that posts once and needs no address.
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that the delivery gets instead of being sent, and why."""

    state: str
    reason: str
