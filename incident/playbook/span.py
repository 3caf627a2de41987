"""How long a law gives: exact time (`4h`, `30d`), calendar months (`1mo`) or working days (`5bd`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from incident.now import parse_duration

_CALENDAR = re.compile(r"([1-9]\d?)(mo|bd)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Exactly one of the three, and `text` as the law's words were written: 72h is not shown as 3d. What each means on
    the calendar says `incident.duty.calendar`."""

    text: str = ""
    exact: timedelta = timedelta(0)
    months: int = 0
    working_days: int = 0

    def __str__(self) -> str:
        return self.text


def parse_span(text: str) -> Span:
    """Reads `2h`, `72h`, `30d`, `1mo`, `5bd`. Raises ValueError for anything else, and for nothing at all."""
    match = _CALENDAR.fullmatch(text.strip())
    if match:
        count = int(match[1])
        months, days = (count, 0) if match[2] == "mo" else (0, count)
        return Span(text=text.strip(), months=months, working_days=days)
    exact = parse_duration(text)
    if not exact:
        raise ValueError(f"'{text}' gives no time at all")
    return Span(text=text.strip(), exact=exact)
