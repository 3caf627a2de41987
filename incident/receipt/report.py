"""What a report says, whoever it comes from, before anybody has checked that it is about one of our deliveries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["delivered", "bounced", "complained", "delayed"]

LEFT = ("auto_reply", "not_a_report", "no_news", "unreadable", "unmatched", "too_many")
"""Why something that was read became no receipt; it is counted under this name and left where it is.

auto_reply: an out-of-office note. not_a_report: any other mail. no_news: a report that settles nothing (opened,
relayed, read). unreadable: broken. unmatched: about no delivery of ours, or not about its address. too_many: there
are enough receipts for that delivery already.
"""

_LONGEST = 2_000
_KEY = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]{1,9})")
_ADDRESS_IS_DEAD = re.compile(r"5\.1\.(?:0|1|2|3|6|10)")
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([245]\d\d)(?![\d.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which delivery: the broadcast's id, and the delivery's number in it."""

    broadcast: str
    no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one recipient. `addresses` are the names under which the report calls them; none when it does
    not say. `code` is the basic code (`550`) and `enhanced` that of RFC 3463 (`5.1.1`), each '' when not told."""

    kind: Kind
    addresses: tuple[str, ...] = field(default=(), repr=False)
    permanent: bool = False
    code: str = ""
    enhanced: str = ""
    words: str = field(default="", repr=False)
    at: datetime | None = None

    @property
    def condemns(self) -> bool:
        """Whether nothing must be sent to this address any more.

        1. A complaint: its owner does not want it.
        2. A permanent bounce whose code speaks of the recipient's address (RFC 3463, 3.2: X.1.x), except those that
           speak of the sender's (5.1.7, 5.1.8, 5.1.9), of ambiguity (5.1.4), or of a valid one (5.1.5).
        A full mailbox, a policy, a route that was not found are no reason: they pass, or are our own fault.
        """
        if self.kind == "complained":
            return True
        return self.kind == "bounced" and self.permanent and _ADDRESS_IS_DEAD.fullmatch(self.enhanced) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One mail or line. `key` names the delivery; without one, `threads` (ids of incidents that the returned mail
    referred to) and an address may find it. `id` tells two reports of the same apart, and is the same if read twice."""

    id: str
    fates: tuple[Fate, ...]
    key: Key | None = None
    threads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """No receipt, for a reason out of `LEFT`."""

    reason: str

    def __post_init__(self) -> None:
        if self.reason not in LEFT:
            raise ValueError(f"'{self.reason}' is not a reason; known: {', '.join(LEFT)}")


def one_line(text: str) -> str:
    """What a stranger wrote, as one line of at most `_LONGEST` characters that any database can hold: no control
    characters (PostgreSQL knows no NUL), nothing invisible, no halves of characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST]).split())


def read_key(text: str) -> Key | None:
    """`<broadcast id>.<delivery number>`, as Message-IDs and Idempotency-Keys carry it; None for anything else."""
    match = _KEY.fullmatch(text)
    return Key(broadcast=match[1].lower(), no=int(match[2])) if match else None  # some relays change the case


def codes(*texts: str) -> tuple[str, str]:
    """(basic code, enhanced code) out of what a server said; the first text that names one, and an enhanced code that
    says something (`5.1.1`) before one that does not (`5.0.0`)."""
    enhanced = [match[1] for text in texts if (match := _ENHANCED.search(text))]
    telling = [code for code in enhanced if not code.endswith(".0.0") and code[0] == enhanced[0][0]]
    basic = next((match[1] for text in texts if (match := _BASIC.search(text))), "")
    return basic, (telling or enhanced or [""])[0]
