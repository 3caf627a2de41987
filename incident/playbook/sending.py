"""How carefully a notice leaves the house, as a playbook says it: a canary, when to pause, quiet hours, chains."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

THEN = ("continue", "ask")

Link = str | tuple[str, ...]
"""A channel, or a chain of channels: each is used only for whom the one before it did not reach."""

Off = Literal[False]
"""What a step says that wants no such rule, whatever stands under `guard`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """So many people, or such a share of the audience."""

    people: int = 0
    share: float = 0.0

    def of(self, audience: int) -> int:
        """How many of so many people; never nobody."""
        return max(1, min(audience, self.people or math.ceil(audience * self.share)))

    def __str__(self) -> str:
        """As it is written: `200`, `1%`."""
        return str(self.people) if self.people else f"{self.share * 100:g}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """The first people, then a wait; then it goes on by itself or by a word."""

    first: First = First(people=200)
    hold: timedelta = timedelta(minutes=5)
    then: str = "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseIf:
    """Shares of the known outcomes of a channel (0.02 is 2 %) above which it is held."""

    hard_bounce: float | None = None
    error: float | None = None
    after: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """`zone` is '' for the organisation's."""

    start: time = time(22)
    end: time = time(8)
    zone: str = ""


def flat(channels: Iterable[Link]) -> list[tuple[str, str]]:
    """(channel, the one before it in its chain or '') of each."""
    found: list[tuple[str, str]] = []
    for link in channels:
        chain = (link,) if isinstance(link, str) else link
        found += zip(chain, ("", *chain), strict=False)
    return found
