"""The only door to the clock: instants are aware UTC datetimes in memory, milliseconds in the store.

Durations are written `90s`, `5m`, `2h`, `3d` (also combined: `1h30m`); never a bare number, because YAML 1.1
reads `22:00` as 1320 and nobody remembers the unit of 300.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC. Tests pass one that they move by hand."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def system_clock() -> datetime:
    """The machine's clock, cut to the millisecond that the store keeps."""
    return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


def ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC; what the store keeps."""
    return (instant - _EPOCH) // _MILLISECOND


def at(milliseconds: int) -> datetime:
    """The instant of a stored number of milliseconds."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def maybe_ms(instant: datetime | None) -> int | None:
    return None if instant is None else ms(instant)


def maybe_at(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else at(milliseconds)


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, fixed width: `2026-11-21T03:10:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Reads RFC 3339. Raises ValueError when there is no UTC offset: a bare local time is ambiguous."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"'{text}' has no UTC offset; write e.g. 2026-11-21T03:10:00+08:00")
    return instant.astimezone(UTC)


def parse_duration(text: str) -> timedelta:
    """Reads `90s`, `5m`, `1h30m`, `3d`. Raises ValueError with the allowed form."""
    match = _DURATION.fullmatch(text.strip())
    if not text.strip() or match is None:
        raise ValueError(f"'{text}' is not a duration; write e.g. 90s, 5m, 1h30m or 3d")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def duration_text(duration: timedelta) -> str:
    """The shortest way to write a duration so that `parse_duration` reads it back (whole seconds). Time that lies
    before something has a minus."""
    left = int(duration.total_seconds())
    if left == 0:
        return "0s"
    if left < 0:
        return f"-{duration_text(-duration)}"
    words = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count}{unit}")
    return "".join(words)
