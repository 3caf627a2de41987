"""A stream of deliveries for one channel: claimed just ahead of the sending, settled in groups behind it.

The channel pulls; each time what is at hand has run out, one transaction writes the outcomes known so far, takes the
next chunks and settles what the passes refuse. So the intent is durable before a byte leaves, the chunks in hand stay
few, and a page that was enqueued meanwhile is next in turn.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from incident.channel.pace import Pace
from incident.channel.port import Channel, Delivery, Outcome
from incident.channel.stencil import Stencil
from incident.delivery import claims, passes
from incident.delivery.judgement import judge_outcome
from incident.delivery.line import Line
from incident.message import stencil
from incident.message.rendered import Rendered
from incident.now import Clock, at, maybe_at, ms
from incident.store import Row, Store

GROUP_SECONDS = 0.02
"""How long an outcome waits for others before it is committed: what a kill -9 can make unknown, beyond what is in
flight."""

LOOK_SECONDS = 0.2
"""How often it is looked whether a person said stop."""

MOST_CHUNKS = 32
"""Chunks claimed at once by a channel that is fast enough to need them."""


_PACES: WeakKeyDictionary[Channel, Pace] = WeakKeyDictionary()
"""How fast each open channel has been started in this process, whatever the number of streams."""


@dataclass(slots=True)
class _InHand:
    """A chunk in this process's hands and how many of its deliveries have no outcome yet."""

    chunk: claims.Chunk
    open: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Flight:
    """A delivery that was given to the channel."""

    row: Row
    held: _InHand
    started: datetime


class Stream:
    """One session of sending on one channel. Iterate it for deliveries, `settle` each outcome, `end` it at the end.

    One thread uses it, with a store of its own. Deliveries are numbered by the stream: several broadcasts may mix.
    """

    def __init__(
        self, store: Store, line: Line, channel: str, owner: str, clock: Clock, stopping: Callable[[], bool]
    ) -> None:
        self.store = store
        self.line = line
        self.channel = line.channels[channel]
        self.name = channel
        self.owner = owner
        self.clock = clock
        self.stopping = stopping
        self.given = 0
        self._ready: deque[tuple[Row, _InHand]] = deque()
        self._flying: dict[int, _Flight] = {}
        self._in_hand: dict[tuple[int, int], _InHand] = {}
        self._known: list[tuple[_Flight, dict[str, Any]]] = []
        self._texts: dict[tuple[int, str], tuple[Rendered, Stencil]] = {}
        self._chunks = 1
        self._committed = self._looked = time.monotonic()
        self._claimed = 0.0
        self._stopped = False
        self._starts = _PACES.setdefault(self.channel, Pace(self.channel.rates))

    def __iter__(self) -> Iterator[Delivery]:
        while self._ready or self._refill():
            row, held = self._ready.popleft()
            self.given += 1
            self._starts.start()
            self._flying[self.given] = _Flight(row, held, self.clock())
            yield self._delivery(self.given, row, held.chunk.broadcast)

    def due(self) -> float:
        """Seconds until the next delivery may start; 0 when there is none left."""
        return self._starts.due() if self._ready or self._refill() else 0.0

    def settle(self, no: int, outcome: Outcome) -> None:
        """What became of delivery `no`; committed within GROUP_SECONDS, with others."""
        flight = self._flying.pop(no)
        self._known.append((flight, self._row(flight, outcome)))
        if time.monotonic() - self._committed >= GROUP_SECONDS:
            self.keep()

    def stopped(self) -> bool:
        """Whether nothing further may start: the process ends, or a broadcast in hand was held, stopped, has expired or
        was taken over. What is left then goes back."""
        if self._stopped or self.stopping():
            return True
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            chunks = [held.chunk for held in self._in_hand.values()]
            over = any(self._is_over(no) for no in {chunk.broadcast["no"] for chunk in chunks})
            self._stopped = over or not all(claims.still_held(self.store, chunk, self.owner) for chunk in chunks)
        return self._stopped

    def keep(self) -> None:
        """Commits what is known; what is in hand stays there."""
        with self.store.transaction():
            self._write()
        self._committed = time.monotonic()

    def end(self) -> None:
        """Writes what is known and gives back what was not sent. What was given to the channel without an outcome was
        not sent either: so says the port."""
        self.keep()
        with self.store.transaction():
            for held in list(self._in_hand.values()):
                self._give_back(held)
        self._ready.clear()
        self._flying.clear()

    # --- transactions

    def _refill(self) -> bool:
        """Claims until something is ready to be sent; False when nothing is due. What a claim brings may all be refused
        by the passes: then the next one is asked for, each in a transaction of its own."""
        while self._claim() and not self._ready:
            continue
        return bool(self._ready)

    def _claim(self) -> bool:
        """Outcomes in and the next claims out, in one transaction. Returns whether there was anything to claim."""
        if self.stopping():
            return False
        with self.store.transaction():
            self._write()
            chunks = claims.claim(self.store, self.name, self.owner, self.clock(), self._pace())
            for chunk in chunks:
                self._take(chunk)
        self._committed = time.monotonic()
        return bool(chunks)

    def _pace(self) -> int:
        """How many chunks to claim: twice as many when the last ones were gone within an interval, half when they took
        long. A slow channel holds little, so that little is unknown when it is killed."""
        since = time.monotonic() - self._claimed
        self._claimed = time.monotonic()
        if since < GROUP_SECONDS:
            self._chunks = min(self._chunks * 2, MOST_CHUNKS)
        elif since > GROUP_SECONDS * 4:
            self._chunks = max(self._chunks // 2, 1)
        return self._chunks

    def _take(self, chunk: claims.Chunk) -> None:
        """Asks the passes about each row; what must not be sent is settled at once."""
        queries = self.store.queries("incident.delivery")
        held = _InHand(chunk)
        self._in_hand[chunk.key] = held
        for row in chunk.rows:
            verdict = passes.judge(_candidate(chunk.broadcast, row, self.clock()))
            if verdict is None:
                held.open.add(row["no"])
                self._ready.append((row, held))
            else:
                queries.settle(broadcast=row["broadcast"], no=row["no"], state=verdict.state, reason=verdict.reason)
        self._close_if_done(held)

    def _write(self) -> None:
        known, self._known = self._known, []
        if not known:
            return
        queries = self.store.queries("incident.delivery")
        for flight, _ in known:
            if flight.row["attempts"]:
                queries.keep_attempt(broadcast=flight.row["broadcast"], no=flight.row["no"])
        queries.write_outcomes([row for _, row in known])
        for flight, row in known:
            if row["state"] == "unknown" and self._may_resend(flight.row):
                claims.send_again(self.store, row["broadcast"], row["no"], at(row["ended_at"]))
            flight.held.open.discard(row["no"])
            self._close_if_done(flight.held)

    def _close_if_done(self, held: _InHand) -> None:
        if not held.open and self._in_hand.pop(held.chunk.key, None) is not None:
            self._finish(held, unsent=False)

    def _give_back(self, held: _InHand) -> None:
        self._in_hand.pop(held.chunk.key, None)
        self._finish(held, unsent=True)

    def _finish(self, held: _InHand, *, unsent: bool) -> None:
        """Ends a claim. Of a broadcast that was stopped meanwhile, what is left is settled: also what was deferred."""
        queries = self.store.queries("incident.delivery")
        now = queries.locked_broadcast(no=held.chunk.broadcast["no"])
        stopped = now["state"] == "stopped"
        claims.release(self.store, held.chunk, self.owner, unsent=unsent and not stopped)
        if stopped:
            queries.settle_unclaimed(broadcast=now["no"], state="suppressed", reason=now["reason"])

    # --- one delivery

    def _delivery(self, number: int, row: Row, broadcast: Row) -> Delivery:
        rendered, cut = self._text(row)
        key = f"{broadcast['id']}.{row['no']}"
        unsubscribe = self.line.unsubscribe_url.replace("{recipient}", key)
        fields = {"name": row["name"], "unsubscribe_url": unsubscribe, "reference": key}
        return Delivery(
            no=number,
            key=key,
            address=row["address"],
            recipient=row["recipient"],
            locale=row["locale"],
            medium=rendered.medium,
            parts=stencil.Filled(rendered, fields),
            stencil=cut,
            fields=stencil.values(fields),
            thread=broadcast["thread"],
            unsubscribe_url=unsubscribe,
            automatic="auto-generated",
            priority="urgent" if broadcast["lane"] == 0 else "normal",
        )

    def _text(self, row: Row) -> tuple[Rendered, Stencil]:
        """The text of a row's locale, read and cut once: a channel compiles a stencil once, by its identity."""
        place = (row["broadcast"], row["locale"])
        if place not in self._texts:
            found = self.store.queries("incident.delivery").rendering_of(
                broadcast=row["broadcast"], channel=self.name, locale=row["locale"]
            )
            rendered = Rendered.from_json(json.loads(found["content"]))
            self._texts[place] = (rendered, stencil.cut(rendered))
        return self._texts[place]

    def _is_over(self, no: int) -> bool:
        """Whether a broadcast must not be sent any further: held, stopped or expired."""
        broadcast = self.store.queries("incident.delivery").broadcast_by_no(no=no)
        expires = maybe_at(broadcast["expires_at"])
        return broadcast["state"] != "sending" or (expires is not None and self.clock() >= expires)

    def _may_resend(self, row: Row) -> bool:
        return self.channel.on_unknown == "resend" and row["attempts"] + 1 < self.line.policy.attempts

    def _row(self, flight: _Flight, outcome: Outcome) -> dict[str, Any]:
        """The ledger's row after this outcome."""
        row, broadcast, ended = flight.row, flight.held.chunk.broadcast, self.clock()
        state, reason, next_at = judge_outcome(
            outcome, self.line.policy, row["attempts"] + 1, ended, maybe_at(broadcast["expires_at"])
        )
        if state == "accepted" and broadcast["critical"]:
            overridden = passes.choice.opted_out(_candidate(broadcast, row, ended))
            reason = "opt_out_overridden" if overridden else reason
        return {
            "broadcast": row["broadcast"],
            "no": row["no"],
            "state": state,
            "reason": reason,
            "started_at": ms(flight.started),
            "ended_at": ms(ended),
            "next_at": None if next_at is None else ms(next_at),
            "code": outcome.code,
            "words": (outcome.words or "")[:300],
        }


def _candidate(broadcast: Row, row: Row, now: datetime) -> passes.Candidate:
    return passes.Candidate(
        address=row["address"],
        channel=row["channel"],
        post=row["recipient"].startswith("post:"),
        copy=row["copy"],
        opt_out=tuple(part for part in row["opt_out"].split(";") if part),
        chosen=tuple(part for part in row["chosen"].split(";") if part),
        suppressed_for=row["suppressed_for"],
        critical=bool(broadcast["critical"]),
        expires_at=maybe_at(broadcast["expires_at"]),
        now=now,
    )
