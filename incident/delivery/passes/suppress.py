"""An address on the suppression list (a hard bounce, a complaint) is never written to again, not even in an emergency:
it would not arrive, and it would cost the sender's reputation that the other recipients depend on."""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    if candidate.suppressed_for is None:
        return None
    return Verdict("suppressed", "suppression_list")
