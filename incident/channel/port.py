"""What a channel is: it takes deliveries and says of each one what was observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from incident.channel.delivery import (
    DEFERRED,
    REFUSED,
    UNKNOWN,
    Deferred,
    Delivery,
    Outcome,
    Refused,
    Sent,
    Unknown,
)
from incident.channel.spec import DomainLimit, Rate

__all__ = [
    "ADDRESSES",
    "DEFERRED",
    "MEDIA",
    "REFUSED",
    "UNKNOWN",
    "Channel",
    "Deferred",
    "Delivery",
    "Finding",
    "Medium",
    "Outcome",
    "Refused",
    "Sent",
    "Supply",
    "Unknown",
    "due_of",
]

MEDIA = ("email", "push", "social", "sms", "chat", "status")
Medium: TypeAlias = Literal["email", "push", "social", "sms", "chat", "status"]

ADDRESSES = ("email", "phone", "push", "id", "")
"""Which column of a recipient a channel wants; '' is a channel that posts once for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `check()`: what was tried and what came of it. `level` is ok, warning (it may work) or wrong."""

    level: Literal["ok", "warning", "wrong"]
    message: str


@runtime_checkable
class Supply(Iterable[Delivery], Protocol):
    """Deliveries that know when the next one may start. The supply paces, the channel asks.

    Whoever takes the next one starts it. Taking one before it is due is for answering it untried.
    """

    def due(self) -> float:
        """Seconds until the next delivery may start; 0 when it may now, and when there is none left."""


def due_of(deliveries: Iterable[Delivery]) -> Callable[[], float]:
    """The `due` of a supply; of plain deliveries each may start at once."""
    return deliveries.due if isinstance(deliveries, Supply) else lambda: 0.0


class Channel(Protocol):
    """A way out, used by one thread at a time; whoever wants several connections opens several channels."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def medium(self) -> str: ...
    @property
    def network(self) -> str:
        """Which service's lengths and habits apply (`mastodon`, `weibo` …); '' when none."""

    @property
    def reach(self) -> Literal["each", "once"]:
        """`each`: one delivery a recipient. `once`: one post a locale, for all."""

    @property
    def address(self) -> str:
        """Which of `ADDRESSES` a delivery must carry."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales posted here; empty means all."""

    @property
    def account(self) -> str:
        """What the provider counts by; channels of one account share its brakes."""

    @property
    def rates(self) -> tuple[Rate, ...]:
        """How fast deliveries may start, for whoever supplies them."""

    @property
    def domains(self) -> Mapping[str, DomainLimit]:
        """How many deliveries may be under way to one destination domain, for whoever supplies them."""

    @property
    def on_unknown(self) -> Literal["resend", "hold"]:
        """`resend` where a second try is recognised by its key, `hold` where it would arrive twice."""

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        """Yields (delivery.no, outcome) as outcomes arrive, in any order, once for each delivery that was started.

        `deliveries` may be produced while they are sent: each is asked for, in the caller's thread, when it can start
        and, from a `Supply`, when it is due.

        Once `stopped()` is true no further delivery is started: what was not yielded was not sent. What a server or
        a network does wrong is an outcome, never an exception.
        """

    def check(self) -> list[Finding]:
        """Connects and authenticates as far as the protocol allows, and sends nothing."""

    def close(self) -> None:
        """Lets go of connections; the channel may be used again afterwards."""
