"""Why a broadcast that could be sent is not: its channel is gone, its account stopped, its rate used up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from incident.delivery import brakes, sinks
from incident.delivery.brakes.rate import Braked
from incident.delivery.care.wait import Waiting
from incident.now import at, ms
from incident.store import Store

_MOMENTS = timedelta(seconds=5)
"""A start that is no farther away is not waited for: a sender is about to make it."""


def braked(store: Store, broadcast: int, channels: Mapping[str, Braked], now: datetime) -> Waiting | None:
    """The first of its channels with something to send that may send nothing now. None when each may, or none has."""
    rows = store.queries("incident.delivery.care").due_channels(broadcast=broadcast, now=ms(now))
    found = (_braked(store, row["channel"], channels, now) for row in list(rows))
    return next((wait for wait in found if wait is not None), None)


def _braked(store: Store, name: str, channels: Mapping[str, Braked], now: datetime) -> Waiting | None:
    """1. Nobody knows the channel any more. 2. Its account is stopped: until the next try. 3. Its rate is used up. The
    sink of a drill has an account of its own, of its own name, and no rate."""
    if sinks.behind(name) not in channels:
        return Waiting(reason="no_channel", why=f"the channel '{name}' is not in incident.yaml any more")
    account = name if sinks.is_sink(name) else channels[name].account
    for standing in brakes.states(store, now):
        if standing.account == account:
            return Waiting(reason="stopped_account", why=f"{name} is stopped: {_heard(standing)}", until=standing.until)
    rates = brakes.rates_of(account, channels.values())
    start = at(brakes.next_start(store, account, rates, now)) if rates else now
    return Waiting(reason="rate", why=f"the rate of {name}", until=start) if start > now + _MOMENTS else None


def _heard(standing: brakes.Standing) -> str:
    """`busy, 421 4.7.0 Try again later`"""
    said = " ".join(filter(None, (standing.code, standing.words))).rstrip(".")
    return ", ".join(filter(None, (standing.reason, said)))
