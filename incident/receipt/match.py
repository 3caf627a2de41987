"""Whether a report is about a delivery of ours. Pure: it is given what the ledger holds under the report's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from incident.audience.address import suppression_key
from incident.channel.mime import wire_address
from incident.receipt.report import Fate, Nothing, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery of the ledger, as far as a report is compared with it. `staff` got a page or an approval request."""

    broadcast: int
    broadcast_id: str
    no: int
    address: str = field(repr=False)
    staff: bool
    frozen_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A fate and the delivery whose it is. `sure` when the report carried the delivery's key, which nobody knows who
    has not seen the mail; an address is known to many."""

    sent: Sent
    fate: Fate
    sure: bool

    @property
    def condemned(self) -> str:
        """The address that nothing more is sent to, or ''. Always the delivery's own, never one that a report names.

        1. Only what is sure: else anybody could silence anybody. 2. Never that of staff: whoever is on call and marks
        a page as spam must still be paged.
        """
        return self.sent.address if self.sure and self.fate.condemns and not self.sent.staff else ""


def by_key(report: Report, sent: Sent | None) -> Match | Nothing:
    """The first fate that is about the delivery's address, or names none (complaints are often made anonymous)."""
    if sent is None:
        return Nothing("unmatched")
    for fate in report.fates:
        if not fate.addresses or is_one_of(sent.address, fate.addresses):
            return Match(sent=sent, fate=fate, sure=True)
    return Nothing("unmatched")


def by_address(report: Report, candidates: Sequence[Sent]) -> Match | Nothing:
    """For a report without a key: the one delivery of its incident to its address; none, where two could be meant."""
    found = [
        Match(sent=sent, fate=fate, sure=False)
        for fate in report.fates
        for sent in candidates
        if is_one_of(sent.address, fate.addresses)
    ]
    return found[0] if len(found) == 1 else Nothing("unmatched")


def is_one_of(address: str, named: Sequence[str]) -> bool:
    """Whether one of `named` is this address: case aside, a domain in letters or in ASCII."""
    return bool(address) and comparable(address) in {comparable(name) for name in named}


def comparable(address: str) -> str:
    """The form in which an address of a report and one of the ledger are equal."""
    try:
        return wire_address(suppression_key(address)).lower()
    except UnicodeError:
        return suppression_key(address)
