"""A person's hand on what is being sent: hold, release, stop, retry, drop.

Each act is one conditional update of the broadcast's state; the senders of every process look at it between two
deliveries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from incident.delivery.model import LANES, PENDING
from incident.errors import NotFound, WrongState
from incident.message.rendered import Rendered, fill
from incident.now import ms
from incident.store import Row, Store

NOTICE = LANES["notice"]
Confirm = Callable[[int, Callable[[], Mapping[str, Any]]], None]
"""Asked before a broadcast leaves: (people, what makes the preview). Returns, or raises CountNotConfirmed."""


def find(store: Store, incident: str | None, step: str | None = None) -> list[Row]:
    """The notices of an incident (or one step's broadcast, if named), or all that is unfinished, pages too.

    Raises NotFound when the incident has none.
    """
    queries = store.queries("incident.delivery")
    rows = list(queries.unfinished() if incident is None else queries.broadcasts_of(incident=incident))
    if step is not None:
        found = [row for row in rows if row["step"] == step]
    else:
        found = [row for row in rows if incident is None or row["lane"] == NOTICE]
    if incident is not None and not found:
        what = f"'{step}' of {incident}" if step else incident
        raise NotFound(f"There is no broadcast {what}. See: incident outbox list")
    return found


def any_of(store: Store, incident: str) -> bool:
    """Whether the incident has a notice at all."""
    rows = store.queries("incident.delivery").broadcasts_of(incident=incident)
    return any(row["lane"] == NOTICE for row in list(rows))


def hold(store: Store, broadcast: Row) -> None:
    """Stops for now; nothing is lost. Raises WrongState when it is not being sent."""
    _move(store, broadcast, "sending", "held", "held")


def release(store: Store, broadcast: Row, confirm: Confirm) -> None:
    """Goes on with what was held, once the number of its people was confirmed. Raises WrongState, CountNotConfirmed."""
    with store.transaction():
        _move(store, broadcast, "held", "sending", None)
        confirm(int(broadcast["people"]), lambda: _preview(store, broadcast))


def _preview(store: Store, broadcast: Row) -> Mapping[str, Any]:
    """What is still to leave, by channel and language, and how it reads."""
    queries = store.queries("incident.delivery")
    channels: dict[str, dict[str, int]] = {}
    for row in queries.sums(broadcast=broadcast["no"]):
        if row["state"] in PENDING:
            counts = channels.setdefault(row["channel"], {})
            counts[row["locale"]] = counts.get(row["locale"], 0) + int(row["rows_"])
    texts = {}
    for row in queries.renderings_of(broadcast=broadcast["no"]):
        rendered = Rendered.from_json(json.loads(row["content"]))
        texts[f"{row['channel']}/{row['locale']}"] = {"medium": rendered.medium, **fill(rendered, {})}
    return {
        "message": broadcast["message"],
        "audience": broadcast["audience"],
        "count": broadcast["people"],
        "channels": channels,
        "texts": texts,
        "hash": broadcast["hash"],
    }


def stop(store: Store, broadcast: Row, reason: str = "stopped") -> int:
    """Ends it for good: what was not sent is suppressed, with the reason. Returns how many rows were settled now;
    those in a sender's hands settle themselves within moments."""
    queries = store.queries("incident.delivery")
    with store.transaction():
        before = queries.broadcast_by_no(no=broadcast["no"])["state"]
        if before not in ("sending", "held"):
            raise WrongState(f"The broadcast '{broadcast['step']}' is {before}; there is nothing to stop.")
        queries.set_state(no=broadcast["no"], state="stopped", reason=reason, before=before)
        settled = queries.settle_unclaimed(broadcast=broadcast["no"], state="suppressed", reason=reason)
        queries.drop_todo_chunks(broadcast=broadcast["no"])
    return int(settled)


def retry(store: Store, broadcast: Row, now: datetime) -> int:
    """Sends again what is `unknown` or was given up; never what was refused for good. Returns how many.

    What it was stays on record as an attempt. Raises WrongState when the broadcast was stopped.
    """
    queries = store.queries("incident.delivery")
    with store.transaction():
        if queries.locked_broadcast(no=broadcast["no"])["state"] == "stopped":
            raise WrongState(f"The broadcast '{broadcast['step']}' was stopped; nothing of it is sent any more.")
        queries.keep_failed(broadcast=broadcast["no"])
        count = int(queries.retry_failed(broadcast=broadcast["no"], now=ms(now)))
        if count:
            queries.reopen(no=broadcast["no"])
    return count


def drop(store: Store, broadcast: Row) -> int:
    """Says of what is `unknown`: leave it; that it was unknown stays on record as an attempt. Returns how many."""
    queries = store.queries("incident.delivery")
    with store.transaction():
        queries.keep_failed(broadcast=broadcast["no"])
        return int(queries.drop_unknown(broadcast=broadcast["no"]))


def _move(store: Store, broadcast: Row, before: str, after: str, reason: str | None) -> None:
    queries = store.queries("incident.delivery")
    if queries.set_state(no=broadcast["no"], state=after, reason=reason, before=before) != 1:
        now = queries.broadcast_by_no(no=broadcast["no"])["state"]
        raise WrongState(f"The broadcast '{broadcast['step']}' is {now}, not {before}.")
