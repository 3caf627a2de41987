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
        if self._gate is not None and not self._admit(self._gate):
            return SOON if self._aside else 0.0
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

    def shift(self, milliseconds: int) -> None:
        """Moves the starts of all that wait: the clock was set."""
        for flight in self:
            flight.due += milliseconds if flight.due else 0

    def clear(self) -> None:
        self.waiting.clear()
        self._aside.clear()

    def _admit(self, gate: DomainGate) -> bool:
        """Sees to it that the first in the row may start: one that stood aside, if its domain has room again, else the
        next whose domain has. False when there is none."""
        for domain, flights in self._aside.items():
            if gate.may(domain):
                self.waiting.appendleft(flights.popleft())
                if not flights:
                    del self._aside[domain]
                return True
        while self.waiting:
            domain = _domain(self.waiting[0])
            if gate.may(domain):
                return True
            self._aside.setdefault(domain, deque()).append(self.waiting.popleft())
        return False


def _domain(flight: Flight) -> str:
    return flight.row.address.rpartition("@")[2]
