"""What a channel is given and what it may say of it: one message for one recipient, and its outcome.

Four outcomes, and no fifth: accepted, try again, never again, and nobody knows. The reasons are closed lists, so
that a ledger can count them; the code and the words are the server's own, cleaned of secrets and addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from incident.channel.stencil import Stencil

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


Fill: TypeAlias = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Makes the parts of the fields."""

_NO_FIELDS: Mapping[str, str] = {}


@dataclass(slots=True, eq=False, init=False)  # not frozen: that makes making one three times as dear
class Delivery:
    """One message for one recipient (or, on a channel that posts once, for one locale).

    `key` never changes for this delivery: Message-ID and Idempotency-Key are made of it, so that a second try can
    be recognised. `parts` are complete texts by name (subject, text, html; title, body, link). `thread` ties the
    messages of one incident together ('' or an id). What identifies a person does not print.

    An `exercise` is part of a drill; its texts say so themselves.

    With a `stencil`, `fields` hold the values of its places, each on one line, and a channel that can may write the
    message from these without ever reading `parts`: they may be given as who makes them of the fields, once, when they
    are read.
    """

    no: int
    key: str
    address: str = field(repr=False)
    recipient: str
    locale: str
    medium: str
    given: Mapping[str, str] | Fill = field(repr=False, init=False)
    thread: str
    unsubscribe_url: str = field(repr=False)
    automatic: Literal["auto-generated", "auto-replied"]
    priority: Literal["normal", "urgent"]
    exercise: bool
    stencil: Stencil | None = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)

    def __init__(  # noqa: PLR0913 - written out: compiled, that is ten times as quick as what dataclass writes
        self,
        *,
        no: int,
        key: str,
        address: str,
        parts: Mapping[str, str] | Fill,
        recipient: str = "",
        locale: str = "",
        medium: str = "",
        thread: str = "",
        unsubscribe_url: str = "",
        automatic: Literal["auto-generated", "auto-replied"] = "auto-generated",
        priority: Literal["normal", "urgent"] = "normal",
        exercise: bool = False,
        stencil: Stencil | None = None,
        fields: Mapping[str, str] = _NO_FIELDS,
    ) -> None:
        self.no = no
        self.key = key
        self.address = address
        self.recipient = recipient
        self.locale = locale
        self.medium = medium
        self.given = parts
        self.thread = thread
        self.unsubscribe_url = unsubscribe_url
        self.automatic = automatic
        self.priority = priority
        self.exercise = exercise
        self.stencil = stencil
        self.fields = fields

    @property
    def parts(self) -> Mapping[str, str]:
        """The complete texts by name."""
        given = self.given
        if callable(given):
            self.given = given = given(self.fields)
        return given


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
