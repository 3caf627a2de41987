"""How many mails may be under way to one destination domain, and how many may start: asked in memory, by one process.

Each process that sends by a channel takes its share of the limits, so that they hold for all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic

from incident.channel.pace import Pace
from incident.channel.spec import DomainLimit, Rate

EVERY = "*"
"""The limit of each domain that has none of its own."""

_MANY = 10_000  # domains that are remembered before it is looked whose starts do not count any more


class DomainGate:
    """`limits` by domain; `share`: how many processes send by this channel now. An address's domain is asked for as it
    stands behind the @, in any case."""

    def __init__(self, limits: Mapping[str, DomainLimit], share: int = 1, now: Callable[[], float] = monotonic) -> None:
        self._limits = {domain.lower(): _part(limit, max(share, 1)) for domain, limit in limits.items()}
        self._now = now
        self._under_way: dict[str, int] = {}
        self._paces: dict[str, Pace] = {}
        self._most = _MANY

    def may(self, domain: str) -> bool:
        """Whether one may start to the domain now."""
        domain = _normal(domain)
        limit = self._limit(domain)
        if limit is None:
            return True
        full = limit.concurrency is not None and self._under_way.get(domain, 0) >= limit.concurrency
        return not full and self.due(domain) <= 0

    def take(self, domain: str) -> bool:
        """Counts a start to the domain, if one may start now."""
        domain = _normal(domain)
        limit = self._limit(domain)
        if limit is None:
            return True
        if not self.may(domain):
            return False
        self._under_way[domain] = self._under_way.get(domain, 0) + 1
        if limit.rate:
            self._pace(domain, limit).start()
        return True

    def give_back(self, domain: str) -> None:
        """What was taken is through, whatever came of it."""
        domain = _normal(domain)
        left = self._under_way.get(domain, 0) - 1
        if left > 0:
            self._under_way[domain] = left
        else:
            self._under_way.pop(domain, None)

    def due(self, domain: str) -> float:
        """Seconds until the domain's rate allows a start; 0 when only what is under way keeps others waiting."""
        domain = _normal(domain)
        limit = self._limit(domain)
        return self._pace(domain, limit).due() if limit is not None and limit.rate else 0.0

    def _limit(self, domain: str) -> DomainLimit | None:
        return self._limits.get(domain) or self._limits.get(EVERY)

    def _pace(self, domain: str, limit: DomainLimit) -> Pace:
        pace = self._paces.get(domain)
        if pace is None:
            if len(self._paces) >= self._most:
                self._paces = {domain: pace for domain, pace in self._paces.items() if not pace.idle()}
                self._most = max(_MANY, 2 * len(self._paces))
            pace = self._paces[domain] = Pace(limit.rate, self._now)
        return pace


def _part(limit: DomainLimit, share: int) -> DomainLimit:
    """One process's part of a limit: at least one, because nothing can be sent with less."""
    return DomainLimit(
        concurrency=None if limit.concurrency is None else max(1, limit.concurrency // share),
        rate=tuple(Rate(per=rate.per, most=max(1, rate.most // share)) for rate in limit.rate),
    )


def _normal(domain: str) -> str:
    return domain.lower().rstrip(".")
