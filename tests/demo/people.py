"""Five hundred subscribers, always the same, and what must become of a mail to each of them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

NUMBER = 500
REFUSED = "gone@people.example"
"""The server knows nobody of this name: 550."""
DROPPED = "c0077@people.example"
"""The server drops the connection at this address, once."""

_TURNS = ("zh-Hans", "zh-Hans", "zh-Hant", "en", "zh-Hans")
_FAMILIES = {"zh-Hans": "王李张刘陈杨赵黄", "zh-Hant": "陳林黃張李吳劉蔡", "en": ""}
_GIVEN = {"zh-Hans": ("小明", "敏", "伟", "芳", "建国"), "zh-Hant": ("美玲", "志偉", "怡君", "家豪", "淑芬")}
_ENGLISH = ("Alex Martin", "Sam Taylor", "Robin O'Neil", "Kim Lee", "Jo <Jones>", "Chris & Co.", "Pat Smith")
_REGIONS = {"zh-Hans": ("sh", "bj", "sz"), "zh-Hant": ("hk", "tw"), "en": ("sg", "sh")}
_SEGMENTS = ("payment", "payment;savings", "payment;merchant", "savings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A row of people.csv. `opt_out` is '' or 'all'."""

    id: str
    name: str
    locale: str
    region: str
    segments: str
    email: str
    push: str
    channels: str = ""
    opt_out: str = ""


def subscribers() -> tuple[Subscriber, ...]:
    """Most are ordinary; a few are those that every real list holds."""
    people = {one.id: one for one in map(_ordinary, range(1, NUMBER + 1))}
    for identity, difference in _SPECIAL.items():
        people[identity] = replace(people[identity], **difference)
    return tuple(people.values())


_SPECIAL: Mapping[str, Mapping[str, str]] = {
    "c0017": {"email": ""},
    "c0101": {"email": "", "push": ""},
    "c0333": {"email": "", "push": "push-c0333"},
    "c0042": {"email": REFUSED},
    "c0150": {"opt_out": "all"},
    "c0201": {"email": "family@people.example"},
    "c0202": {"email": "Family@people.example"},
    "c0260": {"channels": "push", "push": "push-c0260"},
    "c0300": {"name": ""},
}


def _ordinary(number: int) -> Subscriber:
    locale = _TURNS[number % len(_TURNS)]
    regions = _REGIONS[locale]
    identity = f"c{number:04}"
    return Subscriber(
        id=identity,
        name=_name(number, locale),
        locale=locale,
        region=regions[number % len(regions)],
        segments=_SEGMENTS[number % len(_SEGMENTS)],
        email=f"{identity}@people.example",
        push=f"push-{identity}" if number % 7 < 4 else "",
    )


def _name(number: int, locale: str) -> str:
    if locale == "en":
        return _ENGLISH[number % len(_ENGLISH)]
    family, given = _FAMILIES[locale], _GIVEN[locale]
    return family[number % len(family)] + given[number % len(given)]


def write_csv(people: Iterable[Subscriber], file: Path) -> None:
    """As a customer database would export it; columns that are left out are empty."""
    columns = Subscriber.__slots__
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(columns)
        rows.writerows([getattr(one, column) for column in columns] for one in people)


def mail_fates(people: Iterable[Subscriber]) -> dict[str, str]:
    """What becomes of a mail to everybody, by subscriber: `accepted`, or the reason why not.

    Told from the list alone, independently of the program: the two are compared.
    """
    met: Counter[str] = Counter()
    fates = {}
    for one in people:
        met[one.email.lower()] += 1
        fates[one.id] = _fate(one, copy=met[one.email.lower()])
    return fates


def _fate(one: Subscriber, *, copy: int) -> str:
    if not one.email:
        return "no_address"
    if one.opt_out:
        return "opt_out"
    if one.channels and "email" not in one.channels:
        return "not_chosen"
    if copy > 1:
        return "same_address"
    return "bad_address" if one.email == REFUSED else "accepted"


def fates_counted(people: Iterable[Subscriber]) -> dict[str, int]:
    """How many have each fate, the commonest first."""
    return dict(Counter(mail_fates(people).values()).most_common())
