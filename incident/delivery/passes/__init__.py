"""What may still stop a delivery, right before it is sent: each pass is a pure function that says no, with its reason.

The order is on purpose: a drill and what is live are kept apart before all else; what can never be sent is told before
what comes too late, so that an auditor reads the first true reason.
"""

from __future__ import annotations

from incident.delivery.passes import address, choice, dedupe, expire, side, suppress
from incident.delivery.passes._candidate import Candidate, Verdict

ORDER = (side.judge, address.judge, suppress.judge, choice.judge, dedupe.judge, expire.judge)


def judge(candidate: Candidate) -> Verdict | None:
    """The first pass that says no, or None: send it."""
    for judged in ORDER:
        verdict = judged(candidate)
        if verdict is not None:
            return verdict
    return None


__all__ = ["ORDER", "Candidate", "Verdict", "judge"]
