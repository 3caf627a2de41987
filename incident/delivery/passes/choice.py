"""What people chose: which channels, and whether at all.

A critical message (a security notice that the law obliges to send) overrides both; the sender writes that on the row.
"""

from incident.delivery.passes._candidate import Candidate, Verdict


def judge(candidate: Candidate) -> Verdict | None:
    if candidate.critical:
        return None
    if opted_out(candidate):
        return Verdict("suppressed", "opt_out")
    if candidate.chosen and candidate.channel not in candidate.chosen and not candidate.post:
        return Verdict("suppressed", "not_chosen")
    return None


def opted_out(candidate: Candidate) -> bool:
    return "all" in candidate.opt_out or candidate.channel in candidate.opt_out
