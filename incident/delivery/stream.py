"""A stream of deliveries for one channel: claimed just ahead of the sending, settled in groups behind it.

The channel pulls; each time what is at hand has run out, one transaction writes the outcomes known so far, takes the
next chunks and settles what the passes refuse. So the intent is durable before a byte leaves, the chunks in hand stay
few, and a page that was enqueued meanwhile is next in turn.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from incident.channel.port import Delivery, Outcome
from incident.delivery import claims, passes
from incident.delivery.claims import Chunk
from incident.delivery.line import Line
from incident.delivery.record import Flight, InHand, Record, candidate
from incident.delivery.texts import Texts
from incident.now import Clock, ms
from incident.store import Store

GROUP_SECONDS = 0.02
"""How long an outcome waits for others before it is committed: what a kill -9 can make unknown, beyond what is in
flight."""

LOOK_SECONDS = 0.2
"""How often it is looked whether a person said stop, and whether something more urgent has come."""

RETRY_SECONDS = 1.0
"""How often what was put off gets its turn while first sends are left."""

MOST_CHUNKS = 32
"""Chunks claimed at once by a channel that is fast enough to need them."""


class Stream:
    """One session of sending on one channel: a `Supply`. `settle` each outcome, `end` it at the end.

    One thread uses it, with a store of its own. Deliveries are numbered by the stream: several broadcasts may mix.
    `shares` counts the rows claimed of each broadcast by this sender: those in one lane get turns in equal measure.
    """

    def __init__(
        self,
        store: Store,
        line: Line,
        channel: str,
        owner: str,
        clock: Clock,
        stopping: Callable[[], bool],
        shares: Counter[int] | None = None,
    ) -> None:
        self.store = store
        self.channel = line.channels[channel]
        self.name = channel
        self.owner = owner
        self.clock = clock
        self.stopping = stopping
        self.shares = Counter[int]() if shares is None else shares
        self.given = 0
        self._texts = Texts(store, channel, line.unsubscribe_url)
        resend = self.channel.on_unknown == "resend"
        self._record = Record(store, channel, owner, line.policy, resend)
        self._most = MOST_CHUNKS if resend else 1  # what is in hand at a crash is unknown, and here a person decides
        self._ready: deque[Flight] = deque()
        self._flying: dict[int, Flight] = {}
        self._in_hand: dict[tuple[int, int], InHand] = {}
        self._chunks = 1
        self._committed = self._looked = self._retried = self._sampled = time.monotonic()
        self._now = ms(clock())
        self._claimed = 0.0
        self._stopped = False

    # --- the supply

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Delivery:
        if not self._ready and not self._refill():
            raise StopIteration
        flight = self._ready.popleft()
        self.given = number = self.given + 1
        self._flying[number] = flight
        flight.started = self._instant()
        return self._texts.delivery(number, flight.held.chunk.broadcast, flight.row)

    def due(self) -> float:
        """Seconds until the next delivery may start; 0 when there is none left."""
        if not self._ready and not self._refill():
            return 0.0
        start = self._ready[0].due
        return max(0.0, (start - ms(self.clock())) / 1000) if start else 0.0

    def settle(self, no: int, outcome: Outcome) -> None:
        """What became of delivery `no`; committed within GROUP_SECONDS, with others."""
        self._record.add(self._flying.pop(no), outcome, self._instant())
        if self._sampled - self._committed >= GROUP_SECONDS:
            self.keep()

    def stopped(self) -> bool:
        """Whether nothing further may start: the process ends, or a broadcast in hand was held, stopped, has expired or
        was taken over. What is left then goes back."""
        if self._stopped or self.stopping():
            return True
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            self._stopped = not claims.may_go_on(self.store, self.owner, self._in_hand, self.clock())
            if not self._stopped:
                self._overtake()
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
            claims.give_back(self.store, [held.chunk for held in self._in_hand.values()], self.owner)
        self._in_hand.clear()
        self._ready.clear()
        self._flying.clear()

    def _instant(self) -> int:
        """The present in milliseconds. The clock is asked once a millisecond: the mails of one are a hundred."""
        since = time.monotonic()
        if since - self._sampled >= 0.001:
            self._sampled = since
            self._now = ms(self.clock())
        return self._now

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
        retries_first = time.monotonic() - self._retried >= RETRY_SECONDS
        if retries_first:
            self._retried = time.monotonic()
        with self.store.transaction():
            self._write()
            wanted = claims.Wanted(self.name, self.owner, self._pace(), retries_first)
            chunks = claims.claim(self.store, wanted, self.clock(), self.shares)
            self._ready += self._taken(chunks)
        self._committed = time.monotonic()
        return bool(chunks)

    def _overtake(self) -> None:
        """A page or an approval request goes before what is in hand."""
        if not self._ready or self._ready[0].held.chunk.broadcast["lane"] == 0:
            return
        if not claims.is_urgent_waiting(self.store, self.name, self.clock()):
            return
        with self.store.transaction():
            wanted = claims.Wanted(self.name, self.owner, 1)
            self._ready.extendleft(reversed(self._taken(claims.claim(self.store, wanted, self.clock(), self.shares))))

    def _pace(self) -> int:
        """How many chunks to claim: twice as many when the last ones were gone within an interval, half when they took
        long. A slow channel holds little, so that little is unknown when it is killed."""
        since = time.monotonic() - self._claimed
        self._claimed = time.monotonic()
        if since < GROUP_SECONDS:
            self._chunks = min(self._chunks * 2, self._most)
        elif since > GROUP_SECONDS * 4:
            self._chunks = max(self._chunks // 2, 1)
        return self._chunks

    def _taken(self, chunks: list[Chunk]) -> list[Flight]:
        """What of these chunks may be sent. The passes are asked about each row; what they refuse is settled."""
        now = self.clock()
        ready: list[Flight] = []
        settled = []
        verdicts: dict[tuple[object, ...], passes.Verdict | None] = {}
        for chunk in chunks:
            held = self._in_hand[chunk.key] = InHand(chunk)
            for row in chunk.rows:
                sort = (chunk.no, not row.address, row.copy > 1, row.opt_out, row.chosen, row.suppressed_for)
                if sort not in verdicts:  # thousands of rows, and few sorts of them
                    verdicts[sort] = passes.judge(candidate(chunk.broadcast, self.name, row, now))
                verdict = verdicts[sort]
                if verdict is None:
                    held.open += 1
                    ready.append(Flight(row, held))
                else:
                    no = {"broadcast": chunk.no, "no": row.no}
                    settled.append({**no, "state": verdict.state, "reason": verdict.reason})
        if settled:
            self.store.queries("incident.delivery").settle(settled)
        self._finish([self._in_hand[chunk.key] for chunk in chunks if not self._in_hand[chunk.key].open])
        return ready

    def _write(self) -> None:
        self._finish(self._record.write())

    def _finish(self, ended: list[InHand]) -> None:
        for held in ended:
            del self._in_hand[held.chunk.key]
        claims.finish(self.store, [held.chunk for held in ended], self.owner)
