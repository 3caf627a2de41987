"""A broadcast that goes wrong is held: too many dead addresses, or too many failures, on any one channel.

Shares are taken of the deliveries whose outcome is known: accepted, refused or unknown. What was put off is no outcome
yet, so that a greylisting server stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from incident.delivery.rules.stop import Stop

Pulse = Mapping[str, Any]
"""One row of the pulse: `channel` and its counters. Several rows may belong to one channel (one a sender)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is known of one channel. `hard` of `failed` are addresses that are dead for good."""

    accepted: int = 0
    failed: int = 0
    hard: int = 0
    deferred: int = 0

    @property
    def known(self) -> int:
        return self.accepted + self.failed

    def since(self, before: Counts) -> Counts:
        return Counts(
            accepted=self.accepted - before.accepted,
            failed=self.failed - before.failed,
            hard=self.hard - before.hard,
            deferred=self.deferred - before.deferred,
        )


USUAL_AFTER = 100
"""Outcomes of a channel from which on its shares mean something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseIf:
    """Shares (0.02 is 2 %) above which it is held, once `after` outcomes of a channel are known.

    `seen` is what was known when a person released it: outcomes that this person knew of stop nothing twice.
    """

    hard_bounce: float | None = None
    error: float | None = None
    after: int = USUAL_AFTER
    seen: Mapping[str, Counts] = field(default_factory=dict)


def counts(pulse: Iterable[Pulse]) -> dict[str, Counts]:
    """The pulse by channel."""
    found: dict[str, Counts] = {}
    for row in pulse:
        known = found.get(row["channel"], Counts())
        found[row["channel"]] = Counts(
            accepted=known.accepted + row["accepted"],
            failed=known.failed + row["refused"] + row["unknown"],
            hard=known.hard + row["hard"],
            deferred=known.deferred + row["deferred"],
        )
    return found


def judge(pulse: Iterable[Pulse], rule: PauseIf, *, after: int | None = None) -> Stop | None:
    """Why it must be held, or None. `after` takes the place of the rule's (a canary's slice is small)."""
    least = max(rule.after if after is None else after, 1)
    for channel, told in sorted(counts(pulse).items()):
        new = told.since(rule.seen.get(channel, Counts()))
        if new.known < least:
            continue
        for reason, limit, count, what in (
            ("hard_bounce", rule.hard_bounce, new.hard, "addresses are dead"),
            ("error", rule.error, new.failed, "deliveries failed"),
        ):
            if limit is not None and count > limit * new.known:
                figures = f"{count} of {new.known} {what} by {channel} ({_percent(count / new.known)}"
                return Stop(reason=reason, why=f"{figures}; the limit is {_percent(limit)})")
    return None


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
