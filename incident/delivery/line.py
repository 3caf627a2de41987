"""What senders need besides the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from incident import retry
from incident.channel.port import Channel
from incident.delivery.care import STALE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a sender needs besides the ledger: the open channels, and what it fills in for each recipient.

    `unsubscribe_url` holds `{recipient}`, or is empty. `policy` says how temporary failures are tried again. What
    nobody was sending for longer than `stale_after` does not go out by itself.
    """

    channels: Mapping[str, Channel]
    policy: retry.Policy
    unsubscribe_url: str = ""
    stale_after: timedelta = STALE_AFTER
