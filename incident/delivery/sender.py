"""Sending what is due: claim, ask the passes, send, write each outcome down as it arrives.

The order is the whole safety: (1) the claim and what the passes refused are durable before a byte leaves; (2) outcomes
are committed in groups, every GROUP_SECONDS; (3) whoever is killed between leaves an open chunk, whose rows without an
outcome are `unknown` to whoever comes next.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident import retry
from incident.channel.port import Channel, Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery import claims, passes
from incident.message.render import Rendered, fill
from incident.now import Clock, at, maybe_at, ms
from incident.store import Row, Store

GROUP_SECONDS = 0.02
LOOK_SECONDS = 0.2
"""How often a sender looks whether a person said stop, and renews its lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a sender needs besides the ledger: the open channels, and what it fills in for each recipient.

    `unsubscribe_url` holds `{recipient}`, or is empty. `policy` says how temporary failures are tried again.
    """

    channels: Mapping[str, Channel]
    policy: retry.Policy
    unsubscribe_url: str = ""


def drain(
    store: Store, line: Line, clock: Clock, *, stopping: threading.Event, watch: Callable[[], None] = lambda: None
) -> None:
    """Sends everything that is due now, a thread per channel, until nothing is; then marks what is finished.

    `watch` is called some times a second from the calling thread (progress). When the caller is interrupted, the
    senders end between two deliveries and give back what they hold. What a sender raises rises here.
    """
    owner = claims.owner_name()
    claims.take_over(store, clock(), lambda name: line.channels[name].on_unknown if name in line.channels else "hold")
    busy = [row["channel"] for row in store.queries("incident.delivery").busy_channels(now=ms(clock()))]
    workers = [_Worker(store, line, clock, owner, name, stopping.is_set) for name in busy if name in line.channels]
    for worker in workers:
        worker.start()
    try:
        while any(worker.is_alive() for worker in workers):
            time.sleep(LOOK_SECONDS / 4)
            watch()
    except BaseException:
        stopping.set()
        raise
    finally:
        for worker in workers:
            worker.join()
    store.queries("incident.delivery").finish_ready(now=ms(clock()))
    watch()
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure


class _Worker(threading.Thread):
    """Sends one channel's claims until there are none."""

    def __init__(
        self, store: Store, line: Line, clock: Clock, owner: str, channel: str, stopping: Callable[[], bool]
    ) -> None:
        super().__init__(name=f"send-{channel}", daemon=True)
        self.main_store = store
        self.line = line
        self.clock = clock
        self.owner = f"{owner}/{channel}"
        self.channel = channel
        self.stopping = stopping
        self.failure: BaseException | None = None

    def run(self) -> None:
        store = self.main_store.another()
        try:
            while not self.stopping():
                held = claims.claim(store, self.channel, self.owner, self.clock())
                if held is None:
                    break
                send_claim(store, self.line, held, self.owner, self.clock, self.stopping)
        except BaseException as failure:
            self.failure = failure  # the calling thread raises it; what was claimed is taken over as `unknown`
        finally:
            store.close()


def send_claim(
    store: Store, line: Line, held: claims.Claim, owner: str, clock: Clock, stopping: Callable[[], bool]
) -> None:
    """Sends the rows of one claim and ends it."""
    queries = store.queries("incident.delivery")
    due = _ask_passes(store, held, clock())
    brake = _Brake(store, held, owner, clock, stopping)
    ledger = _Outcomes(store, held, line, owner)
    deliveries = list(_deliveries(store, line, held, due))
    started = clock()
    for no, outcome in line.channels[held.channel].send(deliveries, brake):
        ledger.add(no, outcome, started, clock())
        started = clock()
    ledger.flush()
    left = {row["no"] for row in due} - ledger.seen
    no = held.broadcast["no"]
    with store.transaction():
        now = queries.locked_broadcast(no=no)
        stopped = now["state"] == "stopped"
        claims.release(store, held, owner, unsent=bool(left) and not stopped)
        if stopped:  # what was not sent, and what came back to be tried again
            queries.settle_unclaimed(broadcast=no, state="suppressed", reason=now["reason"])


def _ask_passes(store: Store, held: claims.Claim, now: datetime) -> list[Row]:
    """Settles what must not be sent, durably; returns the rest."""
    queries = store.queries("incident.delivery")
    due = []
    with store.transaction():
        for row in held.rows:
            verdict = passes.judge(_candidate(held, row, now))
            if verdict is None:
                due.append(row)
                continue
            queries.settle(broadcast=row["broadcast"], no=row["no"], state=verdict.state, reason=verdict.reason)
    return due


def _candidate(held: claims.Claim, row: Row, now: datetime) -> passes.Candidate:
    return passes.Candidate(
        address=row["address"],
        channel=row["channel"],
        post=row["recipient"].startswith("post:"),
        copy=row["copy"],
        opt_out=tuple(part for part in row["opt_out"].split(";") if part),
        chosen=tuple(part for part in row["chosen"].split(";") if part),
        suppressed_for=row["suppressed_for"],
        critical=bool(held.broadcast["critical"]),
        expires_at=maybe_at(held.broadcast["expires_at"]),
        now=now,
    )


def _deliveries(store: Store, line: Line, held: claims.Claim, rows: list[Row]) -> Iterator[Delivery]:
    """The rows with their words filled in; the texts are read once per locale."""
    queries = store.queries("incident.delivery")
    texts: dict[str, Rendered] = {}
    for row in rows:
        if row["locale"] not in texts:
            found = queries.rendering_of(broadcast=row["broadcast"], channel=row["channel"], locale=row["locale"])
            texts[row["locale"]] = Rendered.from_json(json.loads(found["content"]))
        rendered = texts[row["locale"]]
        key = f"{held.broadcast['id']}.{row['no']}"
        unsubscribe = line.unsubscribe_url.replace("{recipient}", key)
        fields = {"name": row["name"], "unsubscribe_url": unsubscribe, "reference": key}
        yield Delivery(
            no=row["no"],
            key=key,
            address=row["address"],
            recipient=row["recipient"],
            locale=row["locale"],
            medium=rendered.medium,
            parts=fill(rendered, fields),
            thread=held.broadcast["thread"],
            unsubscribe_url=unsubscribe,
            automatic="auto-generated",
            priority="urgent" if held.broadcast["lane"] == 0 else "normal",
        )


class _Brake:
    """Asked by the channel before each delivery: has a person, or the system, said stop? Renews the lease meanwhile."""

    def __init__(
        self, store: Store, held: claims.Claim, owner: str, clock: Clock, stopping: Callable[[], bool]
    ) -> None:
        self.store = store
        self.held = held
        self.owner = owner
        self.clock = clock
        self.stopping = stopping
        self.looked = time.monotonic()
        self.stopped = False

    def __call__(self) -> bool:
        if self.stopped or self.stopping():
            return True
        if time.monotonic() - self.looked >= LOOK_SECONDS:
            self.looked = time.monotonic()
            broadcast = self.store.queries("incident.delivery").broadcast_by_no(no=self.held.broadcast["no"])
            held = claims.still_held(self.store, self.held, self.owner)
            expires = maybe_at(broadcast["expires_at"])
            late = expires is not None and self.clock() >= expires
            self.stopped = broadcast["state"] != "sending" or late or not held
            claims.renew(self.store, self.owner, self.clock())
        return self.stopped


class _Outcomes:
    """Outcomes on their way into the ledger, committed in groups: a commit each would cost more than the sending."""

    def __init__(self, store: Store, held: claims.Claim, line: Line, owner: str) -> None:
        self.store = store
        self.held = held
        self.policy = line.policy
        self.resend = line.channels[held.channel].on_unknown == "resend"
        self.owner = owner
        self.rows = {row["no"]: row for row in held.rows}
        self.waiting: list[dict[str, Any]] = []
        self.seen: set[int] = set()
        self.committed = time.monotonic()

    def add(self, no: int, outcome: Outcome, started: datetime, ended: datetime) -> None:
        self.seen.add(no)
        self.waiting.append(self._row(self.rows[no], outcome, started, ended))
        if time.monotonic() - self.committed >= GROUP_SECONDS:
            self.flush()

    def flush(self) -> None:
        queries = self.store.queries("incident.delivery")
        if self.waiting:
            with self.store.transaction():
                for row in self.waiting:
                    if self.rows[row["no"]]["attempts"]:
                        queries.keep_attempt(broadcast=row["broadcast"], no=row["no"])
                    if self.held.retry:
                        queries.drop_chunk(broadcast=row["broadcast"], lo=row["no"], owner=self.owner)
                queries.write_outcomes(self.waiting)
                for row in self.waiting:
                    if row["state"] == "unknown" and self.resend and self._may_try(row["no"]):
                        claims.send_again(self.store, row["broadcast"], row["no"], at(row["ended_at"]))
        self.waiting = []
        self.committed = time.monotonic()

    def _may_try(self, no: int) -> bool:
        return bool(self.rows[no]["attempts"] + 1 < self.policy.attempts)

    def _row(self, row: Row, outcome: Outcome, started: datetime, ended: datetime) -> dict[str, Any]:
        state, reason, next_at = judge_outcome(
            outcome, self.policy, row["attempts"] + 1, ended, maybe_at(self.held.broadcast["expires_at"])
        )
        if state == "accepted" and self.held.broadcast["critical"]:
            candidate = _candidate(self.held, row, ended)
            reason = "opt_out_overridden" if passes.choice.opted_out(candidate) else reason
        return {
            "broadcast": row["broadcast"],
            "no": row["no"],
            "state": state,
            "reason": reason,
            "started_at": ms(started),
            "ended_at": ms(ended),
            "next_at": None if next_at is None else ms(next_at),
            "code": outcome.code,
            "words": (outcome.words or "")[:300],
        }


def next_due(store: Store) -> datetime | None:
    """When the next deferred delivery is due; None when none waits."""
    return maybe_at(store.queries("incident.delivery").next_due()["due"])


def judge_outcome(
    outcome: Outcome, policy: retry.Policy, attempt: int, now: datetime, expires_at: datetime | None
) -> tuple[str, str | None, datetime | None]:
    """(state, reason, when again) of a delivery after attempt number `attempt`.

    1. Sent is accepted. 2. Refused is never tried again. 3. Unknown waits for a person, or is sent again when the
    channel can do so without a second message. 4. Deferred is tried again after what the server asked for, else after
    the policy's wait, never past the expiry (there it expires); after the policy's last attempt it is given up.
    """
    if isinstance(outcome, Sent):
        return "accepted", None, None
    if isinstance(outcome, Refused):
        return "refused", outcome.reason, None
    if isinstance(outcome, Unknown):
        return "unknown", outcome.reason, None
    assert isinstance(outcome, Deferred)
    if attempt >= policy.attempts:
        return "refused", "gave_up", None
    again = now + (retry.wait_after(policy, attempt) if outcome.wait is None else outcome.wait)
    return "deferred", outcome.reason, again if expires_at is None else min(again, expires_at)
