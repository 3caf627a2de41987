"""Looking after what is being sent: canaries go on, rules hold, chains fall back, what is stale stops.

Whoever sends calls `look_after` before and while it sends; what it did stands on the timeline, with its figures.
"""

from incident.delivery.care.correcting import correct
from incident.delivery.care.holding import brake
from incident.delivery.care.look import STALE_AFTER, Done, holds_back, known, let_all_go, look_after, next_due
from incident.delivery.care.stopping import settle, unsent
from incident.delivery.care.superseding import supersede
from incident.delivery.care.wait import Waiting
from incident.delivery.care.words import waiting

__all__ = [
    "STALE_AFTER",
    "Done",
    "Waiting",
    "brake",
    "correct",
    "holds_back",
    "known",
    "let_all_go",
    "look_after",
    "next_due",
    "settle",
    "supersede",
    "unsent",
    "waiting",
]
