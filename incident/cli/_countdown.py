"""How long until, or since."""

from __future__ import annotations

from datetime import datetime, timedelta

from incident.now import duration_text


def countdown(due: datetime, now: datetime) -> str:
    """`in 12m`, or `12m LATE`: minutes above two of them, seconds below."""
    left = due - now
    size = abs(left)
    shown = timedelta(minutes=size // timedelta(minutes=1)) if size >= timedelta(minutes=2) else size
    text = duration_text(shown)
    return f"in {text}" if left >= timedelta(0) else f"{text} LATE"
