"""Nobody is reached without an address; they are counted, not lost."""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    if candidate.address or candidate.post:
        return None
    return Verdict("suppressed", "no_address")
