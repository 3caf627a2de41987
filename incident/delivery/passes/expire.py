"""Nothing stale goes out: after `expires` the words may no longer be true."""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    if candidate.expires_at is None or candidate.now < candidate.expires_at:
        return None
    return Verdict("expired", "expired")
