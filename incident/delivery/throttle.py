"""What one sender may start on its account: whether at all, how many, and when. The ledger knows the truth of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from incident.channel.port import Channel, Outcome, Sent
from incident.delivery import brakes
from incident.delivery.line import Line
from incident.now import at
from incident.store import Store

PATIENCE = timedelta(seconds=3)
"""A sender waits so long for the next start; for a later one it comes again."""


class Throttle:
    """One sender's view of its account. `probing`: it may start one delivery, whose outcome tells whether the account
    works again."""

    def __init__(self, store: Store, line: Line, channel: Channel, owner: str) -> None:
        self.account = channel.account
        self.rates = brakes.rates_of(channel.account, line.channels.values())
        self.probing = False
        self._store = store
        self._owner = owner

    def allows(self, now: datetime, *, urgent: bool) -> bool:
        """Whether something may be claimed now."""
        may = brakes.allowed(self._store, self.account, now, self._owner).may
        self.probing = may == "probe"
        return may != "none" and self._soon(now, urgent=urgent)

    def chunks(self, wanted: int, rows: int) -> int:
        """How many chunks of so many rows to claim: what can start within a second, and for a probe one."""
        if self.probing:
            return 1
        return max(1, min(wanted, brakes.horizon(self.rates, 1.0) // rows)) if self.rates else wanted

    def starts(self, now: datetime, count: int, *, urgent: bool) -> Sequence[int]:
        """When (milliseconds; 0: at once) so many deliveries may start. They are reserved in the ledger."""
        if not self.rates or not count:
            return (0,) * count
        return brakes.reserve(self._store, self.account, self.rates, now, count, urgent=urgent)

    def told(self, outcomes: Collection[Outcome], now: datetime) -> bool:
        """Keeps what these outcomes say of the account; whether it may still be used."""
        brakes.told(self._store, self.account, self._owner, _telling(outcomes), now)
        if all(type(outcome) is Sent for outcome in outcomes):
            return True
        return brakes.allowed(self._store, self.account, now, self._owner).may != "none"

    def give_back(self, starts: Sequence[int], now: datetime) -> None:
        """What was reserved and not used, and a probe that found nothing to try."""
        if self.rates and starts:
            brakes.give_back(self._store, self.account, self.rates, now, starts)
        if self.probing:
            brakes.leave(self._store, self.account, self._owner, now)

    def _soon(self, now: datetime, *, urgent: bool) -> bool:
        if not self.rates:
            return True
        start = brakes.next_start(self._store, self.account, self.rates, now, urgent=urgent)
        return at(start) <= now + PATIENCE


def _telling(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes, of several that are sent in a row only the first: the others say nothing new."""
    told: list[Outcome] = []
    for outcome in outcomes:
        if type(outcome) is not Sent or not told or type(told[-1]) is not Sent:
            told.append(outcome)
    return told


def free_again(store: Store, line: Line, channel: str, now: datetime) -> datetime | None:
    """When a sender that asks for this channel may start something; None: now."""
    account = line.channels[channel].account
    probe = brakes.next_probe(store, [account], now)
    rates = brakes.rates_of(account, line.channels.values())
    start = at(brakes.next_start(store, account, rates, now)) if rates else now
    latest = max(start, probe or now)
    return latest if latest > now + (timedelta() if probe else PATIENCE) else None
