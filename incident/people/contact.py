"""By which channels a person is reached, for a page of which priority. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from incident.people.person import Person


def ways(person: Person, channels: Mapping[str, str], priority: str = "high") -> tuple[str, ...]:
    """The channels to try, the first first: those of `notify` for this priority, else `contacts`, else all of them;
    of these, those that the person has an address for. `channels` maps a channel to the kind of address it needs."""
    wanted = person.notify.get(priority) or person.contacts or tuple(channels)
    return tuple(name for name in wanted if name in channels and person.address(channels[name]))


def quiet_until(person: Person, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the person's quiet hours end; None when they do not hold now."""
    if person.quiet_hours is None:
        return None
    own = ZoneInfo(person.time_zone) if person.time_zone else zone
    return person.quiet_hours.over(now, own) if person.quiet_hours.hold(now, own) else None
