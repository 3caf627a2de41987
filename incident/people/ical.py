"""Shifts out of an iCalendar text (RFC 5545), recurrences included: the only door to icalendar and its friends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from incident.people.rota import Shift

Known = Callable[[str], str | None]
"""A calendar's words (a title or a part of it, an address) -> the person's id, or None."""

_RESTLESS = re.compile(r"FREQ\s*=\s*(?:SECONDLY|MINUTELY)", re.IGNORECASE)
_APART = re.compile(r"[,;:/&|()\[\]]|\s[-–—]\s|\s(?:and|und|和|與|与)\s")


def read(text: str, begin: datetime, end: datetime, zone: ZoneInfo, known: Known) -> tuple[list[Shift], list[str]]:
    """The shifts that touch `begin` to `end`, and the titles of events that name no known person.

    An event is the duty of its attendees (by address), else of those its title names: the whole of it, or parts of
    it set apart by commas, colons, slashes or brackets. Times without a zone are times in `zone`. Raises ValueError
    when the text is no calendar that can be read.
    """
    if _RESTLESS.search(text):
        raise ValueError("it repeats by the minute or second; a shift is longer")
    try:
        import icalendar
        import recurring_ical_events

        events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(begin, end)
        return _shifts(events, zone, known)
    except Exception as error:  # what strangers wrote makes parsers raise anything; a night must not end with it
        raise ValueError(f"it is no calendar that can be read ({type(error).__name__})") from error


def _shifts(events: list[Any], zone: ZoneInfo, known: Known) -> tuple[list[Shift], list[str]]:
    shifts, unknown = [], []
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        begin, end = _instant(event.start, zone), _instant(event.end, zone)
        people = list(dict.fromkeys(person for word in _words(event) if (person := known(word))))
        shifts += [Shift(person=person, begin=begin, end=end) for person in people if begin < end]
        if not people:
            unknown.append(str(event.get("SUMMARY", "")).strip() or "an event without a title")
    return shifts, list(dict.fromkeys(unknown))


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    """All-day events last from midnight to midnight by the clock on the wall."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _words(event: Any) -> Iterator[str]:
    """What may name a person, the surest first."""
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        yield re.sub(r"(?i)^mailto:", "", str(attendee))
    title = str(event.get("SUMMARY", "")).strip()
    yield title
    yield from (part.strip() for part in _APART.split(title) if part.strip())
