"""Which language a person gets: from what they asked for to what there is."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from incident.message import cldr


@cache
def chain(locale: str) -> tuple[str, ...]:
    """The locales that a reader of `locale` can read, nearest first.

    `zh-HK` -> zh-HK, zh-Hant-HK, zh-Hant; `zh-CN` -> zh-CN, zh-Hans-CN, zh-Hans, zh; `en-GB` -> en-GB, …, en.
    Never from one script to another: a reader of zh-Hant is not handed zh-Hans. An unknown tag stands alone.
    """
    likely = cldr.likely(locale)
    if likely is None:
        return (locale,)
    language, script, region = likely
    wanted = [locale]
    if locale.endswith(f"-{region}"):
        wanted.append(f"{language}-{script}-{region}")
    wanted.append(f"{language}-{script}")
    home = cldr.likely(language)
    if home and home[1] == script:
        wanted.append(language)
    return tuple(dict.fromkeys(wanted))


def nearest(wanted: str, available: Collection[str], default: str) -> str:
    """The best of `available` for a reader of `wanted`: 1. the same; 2. along its chain; 3. `default`."""
    if wanted in available:
        return wanted
    return next((locale for locale in chain(wanted) if locale in available), default)
