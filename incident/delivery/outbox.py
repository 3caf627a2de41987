"""A person's hand on what is being sent: hold, release, stop, retry, drop.

Each act is one conditional update of the broadcast's state; the senders of every process look at it between two
deliveries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from incident.delivery import archive, care
from incident.delivery.model import LANES, PENDING
from incident.delivery.rules import frozen
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


def release(store: Store, broadcast: Row, confirm: Confirm, now: datetime) -> None:
    """Goes on with what was held, or with what waits for a canary or for quiet hours to end, once the number of its
    people was confirmed. Raises WrongState, CountNotConfirmed.

    1. What a person held goes on as it was. 2. What a rule held counts anew from here: failures that were known stop
    it no second time. 3. Behind a canary whose people have been tried, or that is not awaited, everybody else goes.
    4. Quiet hours that are not awaited hold for this broadcast no longer.
    """
    queries = store.queries("incident.delivery")
    with store.transaction():
        found = queries.locked_broadcast(no=broadcast["no"])
        rules = frozen.read(found["rules"]).released(care.known(store, found["no"]))
        quiet = found["not_before"] is not None and found["not_before"] > ms(now)
        later = care.holds_back(store, found["no"])
        impatient = found["state"] == "sending" and (later or quiet)
        if not impatient:
            _move(store, broadcast, "held", "sending", None)
        if impatient and quiet:
            rules = replace(rules, quiet_hours=None)
        if later and (impatient or found["canary_at"] is not None):
            care.let_all_go(store, found["no"])
        not_before = None if impatient else found["not_before"]
        queries.released(no=found["no"], now=ms(now), rules=frozen.write(rules), not_before=not_before)
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
    """Ends it for good: what was not sent is suppressed, with the reason. Returns how many rows that are; those in a
    sender's hands settle themselves within moments. Raises WrongState."""
    unsent = halt(store, broadcast, reason)
    settle_stopped(store, broadcast)
    return unsent


def halt(store: Store, broadcast: Row, reason: str = "stopped") -> int:
    """The first half of `stop`: no sender takes anything of it any more. Returns how many rows are unsent."""
    queries = store.queries("incident.delivery")
    with store.transaction():
        before = queries.broadcast_by_no(no=broadcast["no"])["state"]
        if before not in ("sending", "held"):
            raise WrongState(f"The broadcast '{broadcast['step']}' is {before}; there is nothing to stop.")
        queries.set_state(no=broadcast["no"], state="stopped", reason=reason, before=before)
        return care.unsent(store, broadcast["no"])


def settle_stopped(store: Store, broadcast: Row) -> None:
    """The second half: each unsent row says why, in pieces of which none keeps others waiting."""
    care.settle(store, broadcast["no"])


def retry(store: Store, broadcast: Row, now: datetime, refused: str = "") -> int:
    """Sends again what is `unknown` or was given up; never what was refused for good, unless a person says so: then
    what was `refused` for that reason, and nothing else. Returns how many.

    What it was stays on record as an attempt. Raises WrongState when the broadcast was stopped or archived.
    """
    queries = store.queries("incident.delivery")
    with store.transaction():
        found = queries.locked_broadcast(no=broadcast["no"])
        if found["state"] == "stopped":
            raise WrongState(f"The broadcast '{broadcast['step']}' was stopped; nothing of it is sent any more.")
        kept = archive.of(store, found["no"])
        if kept is not None:
            raise WrongState(f"The broadcast '{broadcast['step']}' is archived in {kept.file}.")
        if refused:
            queries.keep_refused(broadcast=found["no"], reason=refused)
            count = int(queries.retry_refused(broadcast=found["no"], reason=refused, now=ms(now)))
        else:
            queries.keep_failed(broadcast=found["no"])
            count = int(queries.retry_failed(broadcast=found["no"], now=ms(now)))
        if count:
            queries.reopen(no=found["no"], now=ms(now))
    return count


def drop(store: Store, broadcast: Row) -> int:
    """Says of what is `unknown`: leave it, it waits for nobody any more. It stays unknown, because a correction goes to
    whoever may have got it; why it was unknown stays on record as an attempt. Returns how many."""
    queries = store.queries("incident.delivery")
    with store.transaction():
        queries.keep_failed(broadcast=broadcast["no"])
        return int(queries.drop_unknown(broadcast=broadcast["no"]))


def _move(store: Store, broadcast: Row, before: str, after: str, reason: str | None) -> None:
    queries = store.queries("incident.delivery")
    if queries.set_state(no=broadcast["no"], state=after, reason=reason, before=before) != 1:
        now = queries.broadcast_by_no(no=broadcast["no"])["state"]
        raise WrongState(f"The broadcast '{broadcast['step']}' is {now}, not {before}.")
