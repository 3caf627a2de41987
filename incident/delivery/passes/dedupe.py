"""Two recipients with one address on one channel get one message."""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    return Verdict("deduplicated", "same_address") if candidate.copy > 1 else None
