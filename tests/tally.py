"""What the long tests did, counted: a test adds to it, and the end of the run tells the sums.

With xdist the numbers travel on the tests' reports, as properties.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median
from typing import Any

_PREFIX = "tally: "

Properties = list[tuple[str, object]]


class Tally:
    """One test's numbers. `count` adds to a sum; `measure` is one of many, told by their median and maximum."""

    def __init__(self, properties: Properties) -> None:
        self._properties = properties

    def count(self, what: str, number: int = 1) -> None:
        self._properties.append((f"{_PREFIX}{what}", number))

    def measure(self, what: str, number: float) -> None:
        self._properties.append((f"{_PREFIX}{what}", [number]))


def told(reports: Iterable[Any]) -> list[str]:
    """A line for each thing that was counted or measured, in the order in which the tests first spoke of it."""
    found: dict[str, list[Any]] = defaultdict(list)
    for report in reports:
        for name, number in getattr(report, "user_properties", ()):
            if name.startswith(_PREFIX):
                found[name.removeprefix(_PREFIX)].append(number)
    return [_line(what, numbers) for what, numbers in found.items()]


def _line(what: str, numbers: list[Any]) -> str:
    if not isinstance(numbers[0], list):
        return f"{what}: {sum(numbers):,}"
    every = [number for (number,) in numbers]
    return f"{what}: median {median(every):,g}, at most {max(every):,g} ({len(every):,} times)"
