"""Hours in which customers are not woken: a broadcast that is no emergency waits until they are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

URGENT = "sev1"
"""An incident of this severity waits for no morning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `start` until `end` by the clocks of `zone`; `22:00` to `08:00` goes past midnight."""

    start: time
    end: time
    zone: str


def until(quiet: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours that `now` lies in are over; None outside of them."""
    local = now.astimezone(ZoneInfo(quiet.zone))
    clock = local.time()
    if quiet.start <= quiet.end:
        inside, days = quiet.start <= clock < quiet.end, 0
    else:
        inside, days = clock >= quiet.start or clock < quiet.end, int(clock >= quiet.start)
    if not inside:
        return None
    over = datetime.combine(local.date() + timedelta(days=days), quiet.end, tzinfo=local.tzinfo)
    return over.astimezone(UTC)


def judge(quiet: QuietHours | None, severity: str, now: datetime) -> datetime | None:
    """Until when nothing is sent. 1. Without quiet hours, at once. 2. The worst severity waits for nothing.
    3. Else until they are over."""
    if quiet is None or severity == URGENT:
        return None
    return until(quiet, now)
