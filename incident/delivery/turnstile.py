"""Who may start next: in order, but nobody waits behind a domain that is full."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from incident.channel.spec import DomainLimit
from incident.delivery.brakes import DomainGate
from incident.delivery.record import Flight

SOON = 0.05
"""Seconds after which a full domain is asked again."""


class Turnstile:
    """Flights that may start. With limits by domain, those of a full one stand aside until one of it is through."""

    def __init__(self, limits: Mapping[str, DomainLimit], share: int) -> None:
        self.waiting: deque[Flight] = deque()
        self._gate = DomainGate(limits, share) if limits else None
        self._aside: dict[str, deque[Flight]] = {}

    def __bool__(self) -> bool:
        return bool(self.waiting or self._aside)

    def __iter__(self) -> Iterator[Flight]:
        yield from self.waiting
        for flights in self._aside.values():
            yield from flights

    def add(self, flights: Iterable[Flight]) -> None:
        self.waiting += flights

    def add_first(self, flights: list[Flight]) -> None:
        self.waiting.extendleft(reversed(flights))

    def due(self, now: int) -> float:
        """Seconds until the next may start, at `now` in milliseconds; for full domains it is asked again soon."""
        if self._gate is not None:
            self._let_in()
            if not self.waiting:
                return SOON if self._aside else 0.0
            self._stand_aside(self._gate)
            if not self.waiting:
                return SOON
        start = self.waiting[0].due if self.waiting else 0
        return max(0.0, (start - now) / 1000) if start else 0.0

    def take(self) -> Flight:
        """The next one. Ask `due` before."""
        flight = self.waiting.popleft()
        if self._gate is not None:
            self._gate.take(_domain(flight))
        return flight

    def through(self, flight: Flight) -> None:
        """One that was taken has an outcome."""
        if self._gate is not None:
            self._gate.give_back(_domain(flight))

    def clear(self) -> None:
        self.waiting.clear()
        self._aside.clear()

    def _stand_aside(self, gate: DomainGate) -> None:
        """Until the first one in the row may start."""
        while self.waiting:
            domain = _domain(self.waiting[0])
            if domain not in self._aside and gate.may(domain):
                return
            self._aside.setdefault(domain, deque()).append(self.waiting.popleft())

    def _let_in(self) -> None:
        """The first of each domain that has room again."""
        assert self._gate is not None
        for domain in [domain for domain in self._aside if self._gate.may(domain)]:
            self.waiting.appendleft(self._aside[domain].popleft())
            if not self._aside[domain]:
                del self._aside[domain]


def _domain(flight: Flight) -> str:
    return flight.row.address.rpartition("@")[2]
