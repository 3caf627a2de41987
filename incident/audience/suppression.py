"""Addresses to which nothing is sent any more, whoever's they are: bounced, complained, asked to be left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from incident.audience.address import suppression_key
from incident.audience.mask import mask
from incident.errors import BadValue, NotFound
from incident.journal import Actor, Entry, append
from incident.now import at, ms
from incident.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address, why nothing is sent to it, since when, and who decided so."""

    address: str
    reason: str
    since: datetime
    actor: str


def suppress(store: Store, address: str, reason: str, actor: Actor, now: datetime) -> None:
    """Puts an address on the list, or gives a new reason to one that is there. Raises BadValue for an empty one."""
    key = suppression_key(address)
    if not key or not key.isprintable():
        raise BadValue("Name an address: an e-mail address, a phone number or a push address.")
    with store.transaction():
        store.queries("incident.audience").suppress(address=key, reason=reason, at=ms(now), actor=actor.person)
        append(store, _entry("address.suppressed", key, reason, actor, now))


def unsuppress(store: Store, address: str, reason: str, actor: Actor, now: datetime) -> None:
    """Takes an address off the list. Raises NotFound when it is not on it."""
    key = suppression_key(address)
    with store.transaction():
        if not store.queries("incident.audience").unsuppress(address=key):
            raise NotFound(f"The address {mask(key)} is not on the suppression list.")
        append(store, _entry("address.unsuppressed", key, reason, actor, now))


def is_suppressed(store: Store, address: str) -> bool:
    return store.queries("incident.audience").suppression(address=suppression_key(address)) is not None


def suppressions(store: Store) -> Iterator[Suppression]:
    """The whole list, oldest first."""
    for row in store.queries("incident.audience").suppressions():
        yield Suppression(address=row["address"], reason=row["reason"], since=at(row["at"]), actor=row["actor"])


def _entry(kind: str, key: str, reason: str, actor: Actor, now: datetime) -> Entry:
    return Entry(
        kind=kind,
        happened_at=now,
        recorded_at=now,
        actor=actor.person,
        os_user=actor.os_user,
        reason=reason or None,
        detail={"address": mask(key), **actor.marks},
    )
