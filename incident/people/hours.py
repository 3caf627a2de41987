"""Hours of the day, on some days of the week: when somebody works, when somebody sleeps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from incident.shape import Choice, Field, ListOf, Section, Text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = Text(pattern=r"(?:[01]\d|2[0-3]):[0-5]\d", hint="a quoted time of day such as '22:00'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From `begin` to `end` by the clock on the wall; over midnight when `end` is not later. A stretch belongs to the
    day on which it begins."""

    begin: time
    end: time
    days: tuple[str, ...] = DAYS

    def hold(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether `now` lies in them."""
        local = now.astimezone(zone)
        clock, today = local.time(), DAYS[local.weekday()]
        if self.begin < self.end:
            return today in self.days and self.begin <= clock < self.end
        yesterday = DAYS[(local.weekday() - 1) % 7]
        return (today in self.days and clock >= self.begin) or (yesterday in self.days and clock < self.end)

    def over(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The next instant after `now` at which the clock on the wall shows `end`."""
        day = now.astimezone(zone).date()
        while True:
            found = datetime.combine(day, self.end, tzinfo=zone).astimezone(UTC)
            if found > now:
                return found
            day += timedelta(days=1)


def _hours(**values: Any) -> Hours:
    return Hours(begin=_time(values["from"]), end=_time(values["to"]), days=values.get("days") or DAYS)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:  # told as a mistake already
        return time(0)


_ENDS = {
    "from": Field(shape=_CLOCK, required=True, default="", help="When they begin."),
    "to": Field(shape=_CLOCK, required=True, default="", help="When they end; earlier than `from` is the next day."),
}
EVERY_DAY = Section(fields=_ENDS, into=_hours, name="hours: {from: '22:00', to: '07:00'}")
ON_DAYS = Section(
    fields={
        **_ENDS,
        "days": Field(
            shape=ListOf(item=Choice(DAYS), single=True, least=1), default=DAYS[:5], help="On which days they begin."
        ),
    },
    into=_hours,
    name="hours: {days: [mon, tue], from: '09:00', to: '18:00'}",
)
