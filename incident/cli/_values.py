"""What is typed as an option, as a value: pairs, instants, durations, incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from incident.errors import BadValue
from incident.now import parse_duration, parse_iso

if TYPE_CHECKING:
    from incident.cli._frame import Session
    from incident.lifecycle import Incident


_SLACK = timedelta(minutes=1)
"""Clocks of two machines differ."""


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """`name=value` as {name: value}. Raises BadValue, also for a name given twice: which one was meant?"""
    values = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise BadValue(f"{option} takes NAME=VALUE, not '{item}'.")
        if name.strip() in values:
            raise BadValue(f"{option} gives {name.strip()} twice; give it once.")
        values[name.strip()] = value
    return values


def instant(text: str | None, option: str, now: datetime) -> datetime | None:
    """An instant that has passed. Raises BadValue with the form, also for the future."""
    if text is None:
        return None
    try:
        found = parse_iso(text)
    except ValueError as error:
        raise BadValue(f"{option}: {error}.") from error
    if found > now + _SLACK:
        raise BadValue(f"{option}: {text} lies in the future; nothing has happened then.")
    return found


def duration(text: str | None, option: str) -> timedelta | None:
    """Raises BadValue with the form."""
    try:
        return None if text is None else parse_duration(text.removeprefix("+"))
    except ValueError as error:
        raise BadValue(f"{option}: {error}.") from error


def later(text: str, option: str, now: datetime) -> datetime:
    """An instant to come: from now on (`14d`), or as it stands. Raises BadValue with both forms."""
    try:
        return now + parse_duration(text.removeprefix("+"))
    except ValueError:
        pass
    try:
        found = parse_iso(text)
    except ValueError as error:
        raise BadValue(f"{option} takes a time from now on (14d, 2h) or an instant: {error}.") from error
    if found <= now:
        raise BadValue(f"{option}: {text} has passed.")
    return found


def the_incident(session: Session, text: str) -> Incident:
    """The incident that was typed: `INC-2026-007`, `7`, `latest`. Raises NotFound, NotAllowed for a restricted one.

    Every command that names an incident comes by here: no command can forget to ask.
    """
    from incident.cli._visible import require_sight

    found = _named(session, text)
    require_sight(session, found)
    return found


def called_to(session: Session, text: str) -> str:
    """The id of the restricted incident that was typed, which the person may not see and was called out for; '' for
    any other. Saying "I am awake" shows nothing. Raises NotFound."""
    from incident import paging
    from incident.cli._visible import may_see
    from incident.errors import NotAllowed

    console, found = session.console(), _named(session, text)
    if may_see(session, found):
        return ""
    try:
        person = console.actor.person
    except NotAllowed:  # whoever is nobody here was not called
        return ""
    return found.id if paging.was_called(console.store, found.id, person) else ""


def _named(session: Session, text: str) -> Incident:
    from zoneinfo import ZoneInfo

    from incident import lifecycle

    console = session.console()
    zone = ZoneInfo(console.organisation.time_zone)
    return lifecycle.get(console.store, text, console.clock().astimezone(zone).year)
