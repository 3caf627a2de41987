"""A drill and what is live never meet: the freeze selects no such row, and here, right before sending, none gets by.

1. A live notice reaches nobody who is marked for drills; a drill reaches nobody else. 2. A drill posts nothing by a
live channel; nothing live ends in a drill's files. Staff are on both sides.
"""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    if candidate.rehearses is not None and candidate.rehearses != candidate.drill:
        return Verdict("suppressed", "wrong_side")
    if candidate.post and candidate.sink != candidate.drill:
        return Verdict("suppressed", "wrong_side")
    if candidate.sink and not candidate.drill:
        return Verdict("suppressed", "wrong_side")
    return None
