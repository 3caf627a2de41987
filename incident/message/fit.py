"""Whether a text fits where it goes, counted in the channel's own unit. Pure; the limits are data (limits.yaml)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from incident.shape import Choice, Day, Field, Integer, ListOf, Reader, Section, Text
from incident.yamlfile import parse

_URL = re.compile(r"https?://[^\s<>\"'，。；、（）「」【】]+")
_URL_WEIGHT = 23
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_ESCAPED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`most` in `unit`, for a part of a network or medium (`of`)."""

    of: str
    part: str
    unit: str
    most: int
    source: str
    checked_on: object


@dataclass(frozen=True, slots=True)
class Fit:
    """How long a text is and may be. `limit` 0: none is known."""

    used: int
    limit: int
    unit: str

    @property
    def ok(self) -> bool:
        return not self.limit or self.used <= self.limit

    def __str__(self) -> str:
        return f"{self.used} of {self.limit} {self.unit}" if self.limit else f"{self.used} {self.unit}"


def graphemes(text: str) -> list[str]:
    """What a reader takes for one character (UAX 29)."""
    import regex  # type: ignore[import-untyped]

    found: list[str] = regex.findall(r"\X", text)
    return found


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_gsm(text: str) -> bool:
    """Whether the text can travel in the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1); else it is UCS-2."""
    return all(character in _GSM or character in _GSM_ESCAPED for character in text)


def sms_segments(text: str) -> int:
    """Segments of a short message (3GPP TS 23.040).

    1. GSM alphabet: 160 in one, else 153 each; `^{}\\[~]|€` count two and are not torn apart.
    2. Else UCS-2: 70 UTF-16 units in one, else 67 each; a surrogate pair is not torn apart.
    """
    if is_gsm(text):
        sizes = [2 if character in _GSM_ESCAPED else 1 for character in text]
        whole, part = 160, 153
    else:
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
        whole, part = 70, 67
    if sum(sizes) <= whole:
        return 1
    segments, left = 1, part
    for size in sizes:
        if size > left:
            segments, left = segments + 1, part
        left -= size
    return segments


def _light(code: int) -> bool:
    return code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247


def x_weight(text: str) -> int:
    """Weight on X (twitter-text, configuration v3).

    1. NFC first; 2. a URL is 23 whatever its length; 3. an emoji sequence is 2; 4. Latin and its neighbours
    (0-4351, 8192-8205, 8208-8223, 8242-8247) are 1, all else, Chinese too, is 2.
    """
    text = unicodedata.normalize("NFC", text)
    weight = _URL_WEIGHT * len(_URL.findall(text))
    for grapheme in graphemes(_URL.sub("", text)):
        emoji = "\ufe0f" in grapheme or "\u20e3" in grapheme or any(ord(c) >= 0x1F000 for c in grapheme)
        weight += 2 if emoji else sum(1 if _light(ord(character)) else 2 for character in grapheme)
    return weight


def weibo(text: str) -> int:
    """Characters on Weibo: a Chinese one is 1, an ASCII one a half (rounded up), a URL 10 after shortening."""
    rest = _URL.sub("", text)
    half = sum(1 for character in rest if ord(character) < 128)
    return math.ceil(half / 2) + utf16("".join(c for c in rest if ord(c) >= 128)) + 10 * len(_URL.findall(text))


def _graphemes_url_23(text: str) -> int:
    """As Mastodon counts: graphemes, a URL as 23."""
    return len(graphemes(_URL.sub("", text))) + _URL_WEIGHT * len(_URL.findall(text))


UNITS: Mapping[str, Callable[[str], int]] = {
    "characters": len,
    "graphemes": lambda text: len(graphemes(text)),
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf16": utf16,
    "x_weight": x_weight,
    "weibo": weibo,
    "sms": sms_segments,
    "graphemes_url_23": _graphemes_url_23,
}

_FILE = Path(__file__).with_name("limits.yaml")
_LIMIT = Section(
    fields={
        "of": Field(shape=Text(), help="A network or a medium.", required=True),
        "part": Field(shape=Text(), help="A part of the medium, or `any`.", required=True),
        "unit": Field(shape=Choice(tuple(UNITS)), help="The unit it counts in.", required=True),
        "most": Field(shape=Integer(least=1), help="The most it takes.", required=True),
        "source": Field(shape=Text(), help="Where this is published, or whose rule it is.", required=True),
        "checked_on": Field(shape=Day(), help="When that was looked up.", required=True),
    },
    into=Limit,
)
_LIMITS = Section(
    fields={
        "schema": Field(shape=Choice(("incident.limits/v1",)), help="The form of this file.", required=True),
        "limits": Field(shape=ListOf(item=_LIMIT), help="One each.", required=True),
    }
)


@cache
def limits() -> tuple[Limit, ...]:
    """All limits. Raises ValueError for a broken file: it is ours, and tests read it."""
    reader = Reader(str(_FILE))
    node = parse(_FILE.read_text(encoding="utf-8"), reader.file, reader.mistakes)
    read: Any = _LIMITS.read(node, "", reader) if node else {}
    if reader.mistakes:
        raise ValueError("; ".join(map(str, reader.mistakes)))
    return tuple(read["limits"])


def networks() -> frozenset[str]:
    """What has limits of its own: networks, robots and media."""
    return frozenset(limit.of for limit in limits())


def measure(network_or_medium: str, part: str, text: str) -> Fit:
    """The tightest of the limits that hold there; characters without a limit where none is known."""
    fits = [
        Fit(UNITS[limit.unit](text), limit.most, limit.unit)
        for limit in limits()
        if limit.of == network_or_medium and limit.part in (part, "any")
    ]
    return max(fits, key=lambda fit: fit.used / fit.limit, default=Fit(len(text), 0, "characters"))


def misfits(medium: str, network: str, parts: Mapping[str, str]) -> dict[str, Fit]:
    """The parts that are too long, by the network's own limits where it has some, else by the medium's."""
    found = {}
    for part, text in parts.items():
        fit = measure(network, part, text) if network else Fit(0, 0, "")
        fit = fit if fit.limit else measure(medium, part, text)
        if not fit.ok:
            found[part] = fit
    return found
