"""One look at everything that is being sent: what its rules say is done, and written on the timeline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from incident.delivery.care import fallback, holding, stopping, superseding
from incident.delivery.model import LANES
from incident.delivery.rules import canary, frozen, pause, quiet, stale
from incident.delivery.rules.canary import Canary, Slice
from incident.now import at, iso, maybe_at, maybe_ms, ms
from incident.store import Row, Store

STALE_AFTER = timedelta(hours=1)
"""The usual `delivery.stale_after`."""

_CARE = timedelta(seconds=15)
"""How often it is written down that somebody looks after a broadcast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done to a broadcast. `frees`: something can be sent now that could not before."""

    broadcast: int
    step: str
    act: str
    why: str = ""
    frees: bool = False


def look_after(
    store: Store, now: datetime, stale_after: timedelta = STALE_AFTER, down: Collection[str] = ()
) -> list[Done]:
    """Does what the rules say about each broadcast that is being sent; cheap where there is nothing to do.

    Call it before anything is claimed, about once a second while it is sent, and once more when a drain has ended:
    then a chain's next channel, or the rest behind a canary, may have become due (`frees`). `down` are channels whose
    account has been stopped for so long that nobody waits for them any more who can be reached otherwise.
    """
    queries = store.queries("incident.delivery.care")
    done: list[Done] = []
    for row in list(queries.sending()):
        done += _look(store, row, now, stale_after, down)
    stopping.settle_left(store)
    superseding.settle_returned(store)
    return done


def _look(store: Store, row: Row, now: datetime, stale_after: timedelta, down: Collection[str]) -> list[Done]:
    """1. Nothing stale goes out. 2. Quiet hours. 3. The canary. 4. Failures, also those that came back as receipts.
    5. Chains of channels. A broadcast that is held is left alone."""
    notice = row["lane"] == LANES["notice"]
    if notice:
        stop = stale.judge(_cared_for(row), _due(store, row, now), now, stale_after)
        if stop:
            return _held(row, stop.why) if holding.hold(store, row, stop, now) else []
    rules = frozen.read(row["rules"])
    done = _quiet(store, row, rules.quiet_hours, now)
    if rules.canary and store.queries("incident.delivery.care").later(broadcast=row["no"]):
        done += _canary(store, row, rules, rules.canary, now, stale_after)
    stop = holding.brake(store, row, now)
    if stop:
        return [*done, *_held(row, stop.why)]
    for channel in fallback.pass_over(store, row, down) if down else ():
        holding.tell(store, row, now, "broadcast.fell_back", "channel_down", f"the channel '{channel}' is down")
    moved = fallback.advance(store, row, now)
    if moved:
        done.append(Done(broadcast=row["no"], step=row["step"], act="fallback", frees=True))
    if now - _cared_for(row) >= _CARE:
        store.queries("incident.delivery.care").cared_for(no=row["no"], now=ms(now))
    return done


def _held(row: Row, why: str) -> list[Done]:
    return [Done(broadcast=row["no"], step=row["step"], act="held", why=why)]


def _cared_for(row: Row) -> datetime:
    return at(row["active_at"] or row["frozen_at"])


def _due(store: Store, row: Row, now: datetime) -> datetime | None:
    """Since when something of it could be sent, if nobody has it in hand; None when nothing waits."""
    queries = store.queries("incident.delivery.care")
    if queries.in_hand(broadcast=row["no"], now=ms(now)):
        return None
    no = {"broadcast": row["no"]}
    todo = row["frozen_at"] if queries.todo(**no) else None
    dues = [todo, queries.first_retry(**no)["at"], queries.abandoned(**no, now=ms(now))["at"]]
    first = min((due for due in dues if due is not None), default=None)
    return None if first is None else at(max(first, row["not_before"] or 0))


def _quiet(store: Store, row: Row, hours: quiet.QuietHours | None, now: datetime) -> list[Done]:
    if hours is None:
        return []
    until = quiet.judge(hours, row["severity"], now)
    before = maybe_at(row["not_before"])
    if until == before or (until is None and (before is None or before <= now)):
        return []
    with store.transaction():
        if store.queries("incident.delivery.care").wait_until(no=row["no"], not_before=maybe_ms(until)) != 1:
            return []
        why = f"quiet hours until {iso(until)}" if until else f"{row['severity']} waits for no morning"
        holding.tell(store, row, now, "broadcast.waits" if until else "broadcast.went_on", "quiet_hours", why)
    act = "waits" if until else "went-on"
    return [Done(broadcast=row["no"], step=row["step"], act=act, why=why, frees=until is None)]


def _canary(
    store: Store, row: Row, rules: frozen.Rules, rule: Canary, now: datetime, stale_after: timedelta
) -> list[Done]:
    queries = store.queries("incident.delivery.care")
    seen = Slice(
        busy=bool(queries.todo(broadcast=row["no"]) or queries.first_open(broadcast=row["no"])),
        through_at=maybe_at(row["canary_at"]),
        pulse=list(queries.pulse(broadcast=row["no"])),
    )
    move = canary.judge(rule, seen, rules.pause_if, now, stale_after)
    if move.act == "wait":
        return []
    told = Done(broadcast=row["no"], step=row["step"], act=move.act, why=move.why, frees=move.act in ("widen", "go-on"))
    if move.stop:
        return _held(row, move.stop.why) if holding.hold(store, row, move.stop, now) else []
    with store.transaction():
        if move.act == "through":
            if queries.slice_through(no=row["no"], canary_at=ms(now)) == 1:
                why = f"the first {rule.first} people have been tried: {move.why}; waits until {iso(move.due or now)}"
                holding.tell(store, row, now, "broadcast.canary", None, why)
        elif move.act == "widen":
            _widen(store, row["no"], rule)
        elif queries.let_all_go(broadcast=row["no"]):
            holding.tell(store, row, now, "broadcast.went_on", canary.REASON, move.why)
    return [told]


def _widen(store: Store, broadcast: int, rule: Canary) -> None:
    """Lets the next people go, on every channel the same ones; what is posted for all to see comes after the last."""
    queries = store.queries("incident.delivery.care")
    places = list(queries.later_places(broadcast=broadcast))
    people = [place for place in places if not place["recipient"].startswith("post:")]
    for place in people:
        queries.let_go(broadcast=broadcast, channel=place["channel"], below=place["lo"] + rule.first)
    if not people:
        queries.let_all_go(broadcast=broadcast)


def next_due(store: Store, now: datetime) -> datetime | None:
    """When `look_after` or a sender has something to do that the ledger's own due times do not tell: quiet hours or a
    canary's hold are over, a row behind another is looked at."""
    queries = store.queries("incident.delivery.care")
    dues = [maybe_at(queries.first_behind()["at"])]
    for row in list(queries.sending()):
        before = maybe_at(row["not_before"])
        dues.append(before if before and before > now else None)
        rules = frozen.read(row["rules"])
        if rules.canary and row["canary_at"] is not None and queries.later(broadcast=row["no"]):
            dues.append(at(row["canary_at"]) + rules.canary.hold)
    return min((due for due in dues if due is not None), default=None)


def known(store: Store, broadcast: int) -> dict[str, pause.Counts]:
    """What is known of a broadcast's outcomes, by channel; what whoever releases it has seen."""
    return pause.counts(store.queries("incident.delivery.care").pulse(broadcast=broadcast))


def holds_back(store: Store, broadcast: int) -> bool:
    """Whether a canary keeps rows of it for later."""
    return store.queries("incident.delivery.care").later(broadcast=broadcast) is not None


def let_all_go(store: Store, broadcast: int) -> None:
    """Everybody behind the canary may be sent to."""
    store.queries("incident.delivery.care").let_all_go(broadcast=broadcast)
