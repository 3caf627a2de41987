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

<<<<<<< Updated upstream
DEFERRED = (
    "unreachable",  # no connection: nothing was said to the server
    "interrupted",  # the connection broke before the message was handed over
    "tls",  # the server cannot prove who it is, or offers no encryption
    "busy",  # the server asks to come back
    "rate",  # we were too fast
    "mailbox_full",
    "greylisted",  # a first contact is put off on purpose
    "not_authorised",  # our login is refused: the recipient is not at fault, so nobody is written off
    "storage",  # the disk is full or read-only
)
REFUSED = (
    "bad_address",  # there is nobody there
    "mailbox_full",
    "blocked",  # policy: reputation, keyword, content filter
    "too_large",
    "bad_content",  # the server does not understand or accept this text
    "not_authorised",
    "misconfigured",  # the URL points to something else
    "rejected",  # final, and the server does not say why
)
UNKNOWN = (
    "no_reply",  # handed over completely, then the connection broke
    "timeout",  # handed over completely, then silence
    "unclear",  # an answer that says neither yes nor no
)


@dataclass(slots=True, kw_only=True, eq=False)  # not frozen: that makes making one three times as dear
class Delivery:
    """One message for one recipient (or, on a channel that posts once, for one locale).

    `key` never changes for this delivery: Message-ID and Idempotency-Key are made of it, so that a second try can
    be recognised. `parts` are complete texts by name (subject, text, html; title, body, link). `thread` ties the
    messages of one incident together ('' or an id). What identifies a person does not print.

    An `exercise` is part of a drill; its texts say so themselves.

    With a `stencil`, `fields` hold the values of its places, each on one line, and a channel that can may write the
    message from these without ever reading `parts` (which may then be made when they are read).
    """

    no: int
    key: str
    address: str = field(repr=False)
    recipient: str = ""
    locale: str = ""
    medium: str = ""
    parts: Mapping[str, str] = field(repr=False)
    thread: str = ""
    unsubscribe_url: str = field(default="", repr=False)
    automatic: Literal["auto-generated", "auto-replied"] = "auto-generated"
    priority: Literal["normal", "urgent"] = "normal"
    exercise: bool = False
    stencil: Stencil | None = field(default=None, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


def _closed(reason: str, known: tuple[str, ...]) -> None:
    if reason not in known:
        raise ValueError(f"'{reason}' is not a reason; known: {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Sent:
    """The next hop has taken responsibility. It does not say that anybody has read it."""

    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not accepted now; the same delivery may be tried again, not before `wait` when the server named one."""

    reason: str
    code: str = ""
    words: str = ""
    wait: timedelta | None = None

    def __post_init__(self) -> None:
        _closed(self.reason, DEFERRED)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not accepted, and asking again will not help."""

    reason: str
    code: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        _closed(self.reason, REFUSED)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Handed over, and no answer came: it may have arrived. The channel's `on_unknown` says what to do."""

    reason: str
    code: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        _closed(self.reason, UNKNOWN)


Outcome: TypeAlias = Sent | Deferred | Refused | Unknown

=======
>>>>>>> Stashed changes

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
