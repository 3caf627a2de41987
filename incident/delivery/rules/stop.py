"""What a rule answers when it says no."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`reason` is a word of the ledger, `why` the figures in half a sentence."""

    reason: str
    why: str
