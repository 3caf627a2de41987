"""What an unfinished broadcast waits for, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`reason` is a stable word, `why` half a sentence. `until` is None when it waits for a person."""

    reason: str
    why: str
    until: datetime | None = None
