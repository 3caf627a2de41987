"""Chains of channels: the next one is used where the one before it was not accepted.

Every channel of a broadcast has a row for each of its people, in one order, so that the row before stands a fixed
number of rows earlier. Rows of the later channels wait as `standby`, chunk by chunk: once the chunk before has been
tried, each of its rows decides. (1) Accepted, unknown (a person may retry it), or the address was reached for somebody
else: `reached_before`. (2) Refused, given up, or kept from that channel (no address, not chosen, opted out of it, on
the suppression list): due now; why stands as attempt 0. (3) Tried again later: this one row stays behind, and is looked
at when that try is due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from incident.now import ms
from incident.store import Row, Store

_CHUNKS = 400
"""Chunks in one transaction: senders must not wait long for it."""

_BEHIND = 5_000
"""Rows that stayed behind, looked at in one go."""

_SOON = timedelta(seconds=2)
"""When a row is looked at again whose row before is being tried right now."""

_MAIL = "%@%"
"""An address of which lower and upper case are one."""


def advance(store: Store, broadcast: Row, now: datetime) -> int:
    """Moves the broadcast's chains on; returns how many chunks and single rows became due or were settled."""
    moved = 0
    for link in list(store.queries("incident.delivery.care").links(broadcast=broadcast["no"])):
        while True:
            ready = _ready(store, broadcast["no"], link)
            opened = _open(store, broadcast["no"], link["shift"], ready, now) if ready else 0
            if not opened:
                break
            moved += opened
    return moved + _catch_up(store, broadcast["no"], now)


def _ready(store: Store, broadcast: int, link: Row) -> list[Row]:
    """Chunks of a channel behind which nothing of the channel before is untried. Chunks are tried in their order, so
    that the first untried one bounds them: no million of chunks is looked at."""
    queries = store.queries("incident.delivery.care")
    lo, hi = link["first"] - link["shift"], link["first"] - 1
    untried = queries.first_untried(broadcast=broadcast, lo=lo, hi=hi)["lo"]
    below = (hi + 1 if untried is None else untried) + link["shift"]
    return list(queries.standby_below(broadcast=broadcast, channel=link["channel"], below=below, most=_CHUNKS))


def pass_over(store: Store, broadcast: Row, down: Collection[str]) -> list[str]:
    """Channels that are down and have another one behind them: who waits for them is not reached there, `channel_down`.
    Returns those of them for which anybody waited."""
    queries = store.queries("incident.delivery.care")
    heads = {link["before"] for link in queries.links(broadcast=broadcast["no"])} & set(down)
    return [channel for channel in sorted(heads) if _leave(store, broadcast["no"], channel)]


def _leave(store: Store, broadcast: int, channel: str) -> int:
    queries = store.queries("incident.delivery.care")
    left = 0
    while True:
        with store.transaction():
            if store.queries("incident.delivery").locked_broadcast(no=broadcast)["state"] != "sending":
                return left
            found = [row["lo"] for row in queries.todo_on(broadcast=broadcast, channel=channel, most=_CHUNKS)]
            taken = [chunk for lo in found if (chunk := queries.take_out(broadcast=broadcast, lo=lo)) is not None]
            queries.pass_over([{"broadcast": broadcast, "lo": lo, "hi": hi} for lo, hi in stretches(taken)])
            left += len(taken) + int(queries.pass_over_deferred(broadcast=broadcast, channel=channel))
        if not found:
            return left


def _open(store: Store, broadcast: int, shift: int, ready: list[Row], now: datetime) -> int:
    """Lets chunks decide whose rows before have been tried; 0 when the broadcast was stopped meanwhile."""
    queries = store.queries("incident.delivery.care")
    places = [{"broadcast": broadcast, "lo": lo, "hi": hi} for lo, hi in stretches(ready)]
    with store.transaction():
        if store.queries("incident.delivery").locked_broadcast(no=broadcast)["state"] != "sending":
            return 0
        _decide(store, [{**place, "shift": shift} for place in places], now)
        queries.open_standby(places)
        queries.close_standby(places)
    return len(ready)


def _catch_up(store: Store, broadcast: int, now: datetime) -> int:
    """Looks at rows that stayed behind and whose time has come; one that is due is a retry of its own."""
    queries = store.queries("incident.delivery.care")
    found = list(queries.behind_due(broadcast=broadcast, now=ms(now), most=_BEHIND))
    if not found:
        return 0
    places = [{"broadcast": broadcast, "lo": row["no"], "hi": row["no"], "shift": row["shift"]} for row in found]
    keys = [{"broadcast": broadcast, "lo": row["no"]} for row in found]
    with store.transaction():
        if store.queries("incident.delivery").locked_broadcast(no=broadcast)["state"] != "sending":
            return 0
        _decide(store, places, now)
        queries.due_now([{**key, "now": ms(now)} for key in keys])
        return int(queries.no_longer_behind(keys))


def _decide(store: Store, places: list[dict[str, Any]], now: datetime) -> None:
    queries = store.queries("incident.delivery.care")
    queries.reached_before(places)
    queries.keep_why([{**place, "now": ms(now)} for place in places])
    queries.fall_back(places)
    queries.same_address([{"mail": _MAIL, **_without_shift(place)} for place in places])
    queries.stay_behind([{**place, "soon": ms(now + _SOON)} for place in places])


def _without_shift(place: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "shift"}


def stretches(chunks: Iterable[Row]) -> list[tuple[int, int]]:
    """Neighbouring chunks as one stretch of rows."""
    found: list[tuple[int, int]] = []
    for chunk in chunks:
        if found and found[-1][1] + 1 == chunk["lo"]:
            found[-1] = (found[-1][0], chunk["hi"])
        else:
            found.append((chunk["lo"], chunk["hi"]))
    return found
