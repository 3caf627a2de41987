"""Taking over from the dead: what they had claimed and not accounted for is `unknown`; the channel's policy says what
follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from incident.delivery import brakes, claims
from incident.now import ms
from incident.store import Row, Store

LATE = timedelta(hours=1)
"""What is put off for longer is looked at: was it put off by a clock that was ahead?"""


def take_over(store: Store, now: datetime, on_unknown: Callable[[str], str]) -> int:
    """Settles what dead processes left: each delivery without an outcome is `unknown`, on record as an attempt.

    `on_unknown(channel)` is the channel's policy: `resend` (due again now, with the same identity) or `hold` (a person
    decides). Returns how many deliveries were unknown.
    """
    queries = store.queries("incident.delivery")
    _put_right(store, now)
    found = 0
    for chunk in list(queries.open_chunks()):
        if chunk["lease_until"] > ms(now) and not claims.is_dead(chunk["owner"]):
            continue
        with store.transaction():
            broadcast = queries.locked_broadcast(no=chunk["broadcast"])
            key = {name: chunk[name] for name in ("broadcast", "lo", "owner", "lease_until")}
            if queries.drop_dead_chunk(**key) != 1:  # somebody else was first
                continue
            rows = [row["no"] for row in queries.without_outcome(**_place(chunk))]
            for no in rows:
                _unknown(store, chunk["broadcast"], no, now, again=on_unknown(chunk["channel"]) == "resend")
            if broadcast["state"] == "stopped":
                queries.settle_unclaimed(broadcast=chunk["broadcast"], state="suppressed", reason=broadcast["reason"])
            found += len(rows)
    return found


def _put_right(store: Store, now: datetime) -> None:
    """What a clock wrote that has been set back since, by a day perhaps: no claim of the dead outlives a lease, and
    what was put off waits as long as it was meant to."""
    queries = store.queries("incident.delivery")
    longest, soon, late = ms(now + claims.LEASE) + brakes.SKEW, ms(now) + brakes.SKEW, ms(now + LATE)
    if queries.times_to_come(longest=longest, soon=soon, late=late) is not None:
        with store.transaction():
            queries.shorten_leases(longest=longest)
            queries.bring_forward(now=ms(now), soon=soon, late=late)


def _place(chunk: Row) -> dict[str, object]:
    """Which rows a chunk stands for: a retry for its deferred one, a first send for those that are pending."""
    state = "deferred" if chunk["retry"] else "pending"
    return {"broadcast": chunk["broadcast"], "lo": chunk["lo"], "hi": chunk["hi"], "state": state}


def _unknown(store: Store, broadcast: int, no: int, now: datetime, *, again: bool) -> None:
    """Writes down an attempt whose outcome nobody knows, and what follows from it."""
    queries = store.queries("incident.delivery")
    queries.keep_attempts([{"broadcast": broadcast, "no": no}])
    lost = {"state": "unknown", "reason": "process_died", "ended_at": ms(now)}
    nothing = dict.fromkeys(("started_at", "next_at", "code", "words"))
    queries.write_outcomes([{**nothing, **lost, "broadcast": broadcast, "no": no}])
    if again:
        claims.send_again(store, broadcast, no, now)
