"""A stream of deliveries for one channel: claimed just ahead of the sending, settled in groups behind it.

The channel pulls; each time what is at hand has run out, one transaction writes the outcomes known so far, takes the
next chunks and settles what the passes refuse. So the intent is durable before a byte leaves, the chunks in hand stay
few, and a page that was enqueued meanwhile is next in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Final

from incident.channel.port import Deferred, Delivery, Outcome
from incident.delivery import brakes, care, claims, passes
from incident.delivery.claims import Chunk, Wanted
from incident.delivery.line import Line
from incident.delivery.record import Flight, InHand, Record, candidate
from incident.delivery.texts import Texts
from incident.delivery.throttle import Throttle
from incident.delivery.turnstile import Turnstile
from incident.errors import StoreBusy, StoreMissing
from incident.now import Clock, ms
from incident.store import Store

GROUP_SECONDS: Final = 0.04
"""How long an outcome waits for others before it is committed: what a kill -9 can make unknown, beyond what is in
flight."""

LOOK_SECONDS: Final = 0.2
"""How often it is looked whether a person said stop, and whether something more urgent has come."""

RETRY_SECONDS: Final = 1.0
"""How often what was put off gets its turn while first sends are left."""

ALARMING: Final = ("unreachable", "tls", "not_authorised", "storage")
"""Reasons that hold for everybody behind as well."""

MOST_CHUNKS: Final = 32
"""Chunks claimed at once by a channel that is fast enough to need them."""


class Stream:
    """One session of sending on one channel: a `Supply`. `settle` each outcome, `end` it at the end.

    One thread uses it, with a store of its own. What it claims is the `claimant`'s, who is nobody else ever; limits and
    sums know it as `owner`. Deliveries are numbered by the stream: several broadcasts may mix.
    `shares` counts the rows claimed of each broadcast by this sender: those in one lane get turns in equal measure.
    """

    def __init__(
        self,
        store: Store,
        line: Line,
        channel: str,
        owner: str,
        claimant: str,
        clock: Clock,
        stopping: Callable[[], bool],
        shares: Counter[int] | None = None,
    ) -> None:
        self.store = store
        self.channel = line.channels[channel]
        self.name = channel
        self.claimant = claimant
        self.clock = clock
        self.stopping = stopping
        self.shares = Counter[int]() if shares is None else shares
        self.given = 0
        self._texts = Texts(store, channel, line.unsubscribe_url)
        resend = self.channel.on_unknown == "resend"
        self._record = Record(store, channel, owner, line.policy, resend)
        self._most = MOST_CHUNKS if resend else 1  # what is in hand at a crash is unknown, and here a person decides
        self._throttle = Throttle(store, line, self.channel, owner)
        self._share = claims.senders_on(store, channel)
        self._ready = Turnstile(self.channel.domains, self._share)
        self._unlimited = not self.channel.domains and not self._throttle.rates
        self._flying: dict[int, Flight] = {}
        self._in_hand: dict[tuple[int, int], InHand] = {}
        self._chunks = 1
        self._committed = self._looked = self._retried = self._sampled = monotonic()
        self._now = ms(clock())
        self._claimed = 0.0
        self._stopped = False

    # --- the supply

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Delivery:
        if not self._ready and not self._refill():
            raise StopIteration
        flight = self._ready.take()
        self.given = number = self.given + 1
        self._flying[number] = flight
        flight.started = self._instant()
        return self._texts.delivery(number, flight.held.chunk.broadcast, flight.row)

    def due(self) -> float:
        """Seconds until the next delivery may start; 0 when there is none left."""
        if not self._ready and not self._refill():
            return 0.0
        return 0.0 if self._unlimited else self._ready.due(self._instant())

    def settle(self, no: int, outcome: Outcome) -> None:
        """What became of delivery `no`; committed within GROUP_SECONDS, with others. What speaks of the whole account
        is committed at once, so that nobody tries what cannot be."""
        flight = self._flying.pop(no)
        self._ready.through(flight)
        self._record.add(flight, outcome, self._instant())
        alarming = type(outcome) is Deferred and (outcome.reason in ALARMING or outcome.wait is not None)
        if alarming or self._sampled - self._committed >= GROUP_SECONDS:
            self._unless_unwritable(self.keep)

    def stopped(self) -> bool:
        """Whether nothing further may start: the process ends, or a broadcast in hand was held, stopped, has expired or
        was taken over. What is left then goes back. A channel asks this every few milliseconds, also while it waits for
        a slow answer: so what others have answered meanwhile is not held up by it."""
        if self._record.known and monotonic() - self._committed >= GROUP_SECONDS:
            self._unless_unwritable(self.keep)
        if not self._stopped and not self.stopping() and monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = monotonic()
            self._unless_unwritable(self._look)
        return self._stopped or self.stopping()

    def keep(self) -> None:
        """Commits what is known; what is in hand stays there."""
        with self.store.transaction():
            self._write()
        self._is_committed()

    def end(self) -> None:
        """Writes what is known and gives back what was not sent. What was given to the channel without an outcome was
        not sent either: so says the port."""
        self.keep()
        with self.store.transaction():
            claims.give_back(self.store, [held.chunk for held in self._in_hand.values()], self.claimant)
            unused = [flight.due for flight in self._ready if flight.due and flight.held.chunk.broadcast["lane"]]
            self._throttle.give_back(unused, self.clock())
        self._in_hand.clear()
        self._ready.clear()
        self._flying.clear()

    def _unless_unwritable(self, work: Callable[[], None]) -> None:
        """A database that is busy or full stops the sending, and what is under way is heard first; then `end` tries
        again, and says so if it must."""
        try:
            work()
        except (StoreBusy, StoreMissing):
            self._stopped = True

    def _look(self) -> None:
        self._stopped = self._is_over()
        if not self._stopped:
            self._overtake()

    def _instant(self) -> int:
        """The present in milliseconds. The clock is asked once a millisecond: the mails of one are a hundred."""
        since = monotonic() - self._sampled
        if since >= 0.001:
            self._sampled += since
            before, self._now = self._now, ms(self.clock())
            jump = self._now - before - round(since * 1000)
            if abs(jump) > brakes.SKEW:  # it was set: starts keep their distance, none waits for a day, none bursts
                self._ready.shift(jump)
        return self._now

    @property
    def in_doubt(self) -> bool:
        """Whether something was given to the channel and has no outcome."""
        return bool(self._flying)

    # --- transactions

    def _refill(self) -> bool:
        """Claims until something is ready to be sent; False when nothing is due. What a claim brings may all be refused
        by the passes: then the next one is asked for, each in a transaction of its own."""
        while self._claim() and not self._ready:
            continue
        return bool(self._ready)

    def _claim(self) -> bool:
        """Outcomes in and the next claims out, in one transaction. Returns whether there was anything to claim."""
        if self.stopping() or self._stopped or self._throttle.probing:
            return False
        retries_first = monotonic() - self._retried >= RETRY_SECONDS
        if retries_first:
            self._retried = monotonic()
        try:
            with self.store.transaction():
                self._write()
                chunks = [] if self._stopped else self._take_next(retries_first)
        except BaseException:
            self._ready.clear()  # nothing was claimed after all
            raise
        self._is_committed()
        return bool(chunks)

    def _take_next(self, retries_first: bool) -> list[Chunk]:
        """What may be claimed now, made ready. While an account is stopped there is one probe; the others of its chunk
        go back."""
        now = self.clock()
        if not self._throttle.allows(now, urgent=False) and not (
            claims.is_urgent_waiting(self.store, self.name, now) and self._throttle.allows(now, urgent=True)
        ):
            return []
        number = self._throttle.chunks(self._pace(), claims.ROWS)
        chunks = claims.claim(self.store, Wanted(self.name, self.claimant, number, retries_first), now, self.shares)
        flights = self._taken(chunks)
        self._ready.add(self._timed(flights[:1] if self._throttle.probing else flights))
        return chunks

    def _overtake(self) -> None:
        """A page or an approval request goes before what is in hand."""
        ahead = next(iter(self._ready), None)
        if ahead is None or ahead.held.chunk.broadcast["lane"] == 0 or self._throttle.probing:
            return
        if not claims.is_urgent_waiting(self.store, self.name, self.clock()):
            return
        with self.store.transaction():
            chunks = claims.claim(self.store, Wanted(self.name, self.claimant, 1), self.clock(), self.shares)
            flights = self._timed(self._taken(chunks))
        self._ready.add_first(flights)

    def _timed(self, flights: list[Flight]) -> list[Flight]:
        """Each with its start, reserved on the account. All are of one broadcast."""
        urgent = bool(flights) and flights[0].held.chunk.broadcast["lane"] == 0
        starts = self._throttle.starts(self.clock(), len(flights), urgent=urgent)
        for flight, start in zip(flights, starts, strict=True):
            flight.due = start
        return flights

    def _is_over(self) -> bool:
        """Whether what is in hand must go back: it may not be sent any more, or senders have come or gone and each
        one's part of the limits is another."""
        if not claims.may_go_on(self.store, self.claimant, self._in_hand, self.clock()):
            return True
        return bool(self.channel.domains) and claims.senders_on(self.store, self.name) != self._share

    def _pace(self) -> int:
        """How many chunks to claim: twice as many when the last ones were gone within an interval, half when they took
        long. A slow channel holds little, so that little is unknown when it is killed."""
        since = monotonic() - self._claimed
        self._claimed = monotonic()
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
            broadcast = chunk.no
            for row in chunk.rows:
                kept = (row.opt_out, row.chosen, row.suppressed_for, row.rehearses)
                sort = (broadcast, not row.address, row.copy > 1, *kept)
                if sort not in verdicts:  # thousands of rows, and few sorts of them
                    verdicts[sort] = passes.judge(candidate(chunk.broadcast, self.name, row, now))
                verdict = verdicts[sort]
                if verdict is None:
                    held.open += 1
                    ready.append(Flight(row, held))
                else:
                    place = {"broadcast": broadcast, "no": row.no}
                    settled.append({**place, "state": verdict.state, "reason": verdict.reason})
        if settled:
            self.store.queries("incident.delivery").settle(settled)
        self._finish([self._in_hand[chunk.key] for chunk in chunks if not self._in_hand[chunk.key].open])
        return ready

    def _write(self) -> None:
        """Outcomes in; then what they say of the account and of the broadcasts: either may have to stop."""
        known = self._record.known
        self._finish(self._record.write())
        if not known:
            return
        now = self.clock()
        going = self._throttle.told([outcome for _, outcome, _ in known], now)
        broadcasts = {flight.held.chunk.no: flight.held.chunk.broadcast for flight, _, _ in known}
        held = [care.brake(self.store, broadcast, now) for broadcast in broadcasts.values()]
        self._stopped = self._stopped or not going or any(held)

    def _is_committed(self) -> None:
        self._record.committed()
        self._committed = monotonic()

    def _finish(self, ended: list[InHand]) -> None:
        for held in ended:
            self._in_hand.pop(held.chunk.key, None)  # gone already, if the transaction before this one failed
        claims.finish(self.store, [held.chunk for held in ended], self.claimant)
