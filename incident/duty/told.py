"""Instants as staff read them in a page."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def local(instant: datetime, zone: str) -> str:
    """`03:20 +08:00`, with the day in front: whoever reads it at midnight must not guess."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes").replace("+", " +")
