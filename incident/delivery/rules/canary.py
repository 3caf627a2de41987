"""A few people first: then wait, look at what came of it, and go on by itself or by a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from incident.delivery.rules import pause, stale
from incident.delivery.rules.pause import Counts, PauseIf, Pulse
from incident.delivery.rules.stop import Stop

REASON = "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """`first` people on each channel that reaches each; `hold` begins when they have been tried. `then` is `continue`
    or `ask`."""

    first: int
    hold: timedelta
    then: str = "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """How the first people's deliveries stand. `busy`: some were not tried yet. `through_at`: when all had been."""

    busy: bool
    through_at: datetime | None
    pulse: Sequence[Pulse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is to be done: `wait` (until `due`, if known), `widen` (let the next slice go), `through` (the hold
    begins), `hold` (with `stop`), or `go-on`. `why` has the figures."""

    act: Literal["wait", "widen", "through", "hold", "go-on"]
    why: str = ""
    due: datetime | None = None
    stop: Stop | None = None


def judge(canary: Canary, seen: Slice, rule: PauseIf | None, now: datetime, stale_after: timedelta) -> Move:
    """1. While the slice is being sent: wait. 2. Nobody of it could be asked (no address, opted out): it taught
    nothing, so the next slice goes. 3. It was tried: the hold begins. 4. Within the hold: wait.

    At the end of the hold: 5. The pause rule holds it, however few they were. 6. Nobody accepted: held. 7. `ask`: held
    until somebody says go on. 8. The end of the hold was slept through: held. 9. Else it goes on.
    """
    told = _together(seen.pulse)
    if seen.busy:
        return Move(act="wait")
    if not told.known and not told.deferred:
        return Move(act="widen")
    figures = f"{told.accepted} accepted, {told.failed} failed, {told.deferred} put off"
    due = (seen.through_at or now) + canary.hold
    if seen.through_at is None:
        return Move(act="through", why=figures, due=due)
    if now < due:
        return Move(act="wait", due=due)
    stop = pause.judge(seen.pulse, rule, after=1) if rule else None
    if stop is None and not told.accepted:
        stop = Stop(reason=REASON, why=f"nobody of the first {canary.first} accepted it ({figures})")
    if stop is None and canary.then == "ask":
        stop = Stop(
            reason=REASON, why=f"the first {canary.first} people have been tried ({figures}); say go on or stop"
        )
    stop = stop or stale.judge(due, due, now, stale_after)
    return Move(act="hold", stop=stop) if stop else Move(act="go-on", why=figures)


def _together(pulse: Sequence[Pulse]) -> Counts:
    parts = pause.counts(pulse).values()
    return Counts(
        accepted=sum(part.accepted for part in parts),
        failed=sum(part.failed for part in parts),
        hard=sum(part.hard for part in parts),
        deferred=sum(part.deferred for part in parts),
    )
