"""What tests of limits write most: rates, and whether starts keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from incident.channel.spec import Rate


def rate(most: int, seconds: float) -> Rate:
    return Rate(per=timedelta(seconds=seconds), most=most)


def broken(starts: Iterable[int], rates: Sequence[Rate]) -> list[tuple[Rate, int]]:
    """Each rate and the instant (ms) from which on more than `most` starts lie within `per`; empty is well."""
    ordered = sorted(starts)
    return [
        (one, first)
        for one in rates
        for first, behind in zip(ordered, ordered[one.most :], strict=False)
        if behind - first < one.per / timedelta(milliseconds=1)
    ]
