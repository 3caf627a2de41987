"""A copy of the database never sends by itself: whoever restores it looks first."""

from __future__ import annotations

from datetime import datetime

from incident.delivery.care import holding
from incident.delivery.rules.stop import Stop
from incident.now import ms
from incident.store import Store

STOP = Stop(reason="restored", why="this database is a copy; what left the house since it was made is not in it")


def settle(copy: Store, now: datetime, *, told: bool) -> int:
    """Holds what was being sent when the copy was made; what was in a sender's hands is `unknown`. Returns how many
    broadcasts were held. Without `told` nothing is written on the timeline: its tables may be of an older version."""
    queries = copy.queries("incident.delivery.care")
    with copy.transaction():
        places = [{"broadcast": row["broadcast"], "lo": row["lo"], "hi": row["hi"]} for row in queries.open_chunks()]
        lost = {"reason": STOP.reason, "now": ms(now)}
        queries.keep_claimed(places)
        queries.lose_claimed([{**place, **lost} for place in places])
        queries.drop_open_chunks()
        held = list(queries.sending_now())
        for row in held:
            queries.hold_copy(no=row["no"], reason=STOP.reason)
            if told:
                holding.tell(copy, row, now, "broadcast.held", STOP.reason, STOP.why)
    return len(held)
