"""From an instant and a span of time to the instant at which it is over. Pure.

The law counts days and months where the authority sits, so months and working days are counted in the rule's own time
zone:

1. Hours, and days of 24 hours, are exact: 72 h across a change of clocks are 72 hours.
2. A month ends at the same time of day on the same day of the month; where that month is shorter, on its last day.
3. Working days are Monday to Friday without the rule's `holidays`. The day of the anchor does not count, and the span
   ends when the last of them does, at midnight.

No extension of a deadline at a weekend is assumed: earlier is safe.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from incident.playbook.span import Span

_DAY = timedelta(days=1)


def end(anchor: datetime, span: Span, zone: str, holidays: Collection[date] = ()) -> datetime:
    """The instant (UTC) at which `span` is over when it began at `anchor`."""
    if span.months:
        return _months(anchor.astimezone(ZoneInfo(zone)), span.months).astimezone(UTC)
    if span.working_days:
        return _working_days(anchor.astimezone(ZoneInfo(zone)), span.working_days, holidays).astimezone(UTC)
    return anchor + span.exact


def _months(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day, fold=0)


def _working_days(local: datetime, days: int, holidays: Collection[date]) -> datetime:
    day = local.date()
    while days:
        day += _DAY
        days -= day.weekday() < 5 and day not in holidays
    return datetime.combine(day + _DAY, time(0), tzinfo=local.tzinfo)
