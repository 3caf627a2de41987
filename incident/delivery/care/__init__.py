"""Looking after what is being sent: canaries go on, rules hold, chains fall back, what is stale stops.

Whoever sends calls `look_after` before and while it sends; what it did stands on the timeline, with its figures.
"""

from incident.delivery.care.brake import brake
from incident.delivery.care.look import Done, look_after, next_due
from incident.delivery.care.superseding import supersede

__all__ = ["Done", "brake", "look_after", "next_due", "supersede"]
