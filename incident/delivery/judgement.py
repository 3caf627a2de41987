"""What follows from an outcome: done, again, never again, or nobody knows. Pure."""

from __future__ import annotations

from datetime import datetime

from incident import retry
from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown


def judge_outcome(
    outcome: Outcome, policy: retry.Policy, attempt: int, now: datetime, expires_at: datetime | None
) -> tuple[str, str | None, datetime | None]:
    """(state, reason, when again) of a delivery after attempt number `attempt`.

    1. Sent is accepted. 2. Refused is never tried again. 3. Unknown waits for a person, or is sent again when the
    channel can do so without a second message. 4. Deferred is tried again after what the server asked for, else after
    the policy's wait, never past the expiry (there it expires); after the policy's last attempt it is given up.
    """
    if isinstance(outcome, Sent):
        return "accepted", None, None
    if isinstance(outcome, Refused):
        return "refused", outcome.reason, None
    if isinstance(outcome, Unknown):
        return "unknown", outcome.reason, None
    assert isinstance(outcome, Deferred)
    if attempt >= policy.attempts:
        return "refused", "gave_up", None
    again = now + (retry.wait_after(policy, attempt) if outcome.wait is None else outcome.wait)
    return "deferred", outcome.reason, again if expires_at is None else min(again, expires_at)
