"""The only door to Babel: what the Unicode CLDR knows about languages, dates, numbers and time zones.

Babel is imported inside the functions: a command that renders nothing does not pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo


@cache
def _likely() -> Mapping[str, str]:
    from babel.core import get_global

    return get_global("likely_subtags")


@cache
def likely(tag: str) -> tuple[str, str, str] | None:
    """(language, script, region) that speakers of `tag` most likely mean: `zh-HK` -> zh, Hant, HK.

    By CLDR's likely subtags (UTS 35, part 1, section 4.3). None when the tag is not one that CLDR knows.
    """
    from babel.core import parse_locale

    try:
        language, region, script = parse_locale(tag, sep="-")[:3]
    except ValueError:
        return None
    for key in ((language, script, region), (language, region), (language, script), (language,)):
        if all(key) and (found := _likely().get("_".join(part for part in key if part))):
            known_language, known_script, known_region = found.split("_")[:3]
            return known_language, script or known_script, region or known_region
    return None


@cache
def _locale(tag: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def _spaces(text: str) -> str:
    """CLDR 42 puts U+202F before AM/PM; one such character makes a whole SMS twice as dear."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """The filters of one locale and one time zone: `clock`, `date`, `local`, `datetime`, `number`.

    `zone_name` is how the house calls its time zone (`北京时间`); without one it is the offset.
    """

    locale: str
    time_zone: str
    zone_name: str = ""

    def zone(self, instant: datetime) -> str:
        """The name of the time zone, or `GMT+8`, `GMT+5:30`: what a phone shows."""
        offset = instant.astimezone(ZoneInfo(self.time_zone)).utcoffset() or timedelta(0)
        minutes = abs(int(offset.total_seconds())) // 60
        sign = "-" if offset < timedelta(0) else "+"
        rest = f":{minutes % 60:02}" if minutes % 60 else ""
        return self.zone_name or (f"GMT{sign}{minutes // 60}{rest}" if minutes else "GMT")

    def clock(self, instant: datetime) -> str:
        """The time alone: `15:10`, `3:10 PM`. For a second mention, where the day and zone are known."""
        from babel.dates import format_time

        local = instant.astimezone(ZoneInfo(self.time_zone))
        return _spaces(format_time(local, "short", tzinfo=ZoneInfo(self.time_zone), locale=_locale(self.locale)))

    def day(self, instant: datetime) -> str:
        """Day and month: `7月3日`, `Jul 3`."""
        from babel.dates import format_skeleton

        zone = ZoneInfo(self.time_zone)
        return _spaces(format_skeleton("MMMd", instant, tzinfo=zone, locale=_locale(self.locale)))

    def local(self, instant: datetime) -> str:
        """Day and time: `7月3日 15:10`, `Jul 3, 3:10 PM`. For a short text that names the zone elsewhere."""
        joint = " " if self.locale.startswith("zh") else ", "
        return f"{self.day(instant)}{joint}{self.clock(instant)}"

    def moment(self, instant: datetime) -> str:
        """Day, time and zone: `7月3日 15:10（北京时间）`, `Jul 3, 3:10 PM (GMT+8)`. Where a date matters."""
        before, after = ("（", "）") if self.locale.startswith("zh") else (" (", ")")
        return f"{self.local(instant)}{before}{self.zone(instant)}{after}"

    def number(self, value: float) -> str:
        """With the locale's own grouping: `48,210`."""
        from babel.numbers import format_decimal

        return _spaces(format_decimal(value, locale=_locale(self.locale)))
