"""Nothing stale goes out by itself: after a restore, or a long sleep of the machine, a person looks first."""

from __future__ import annotations

from datetime import datetime, timedelta

from incident.delivery.rules.stop import Stop
from incident.now import duration_text


def judge(cared_for: datetime, due: datetime | None, now: datetime, after: timedelta) -> Stop | None:
    """Whether something that could have been sent since `due` was left alone too long.

    `cared_for` is when a sender last looked at it: while one does, waiting is on purpose. `due` is when it could be
    sent at the earliest (quiet hours over, a canary's hold over, the first retry); None when nothing waits to be sent.
    """
    if due is None:
        return None
    left = now - max(cared_for, due)
    if left <= after:
        return None
    return Stop(reason="stale", why=f"nobody was sending it for {duration_text(left)}; look whether it is still true")
