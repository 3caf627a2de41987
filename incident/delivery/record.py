"""What senders have learned and the ledger does not know yet; written in groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from incident.channel.port import Outcome, Sent
from incident.delivery import claims, passes, sinks
from incident.delivery.claims import Chunk, Due
from incident.delivery.judgement import judge_outcome
from incident.delivery.model import LANES
from incident.now import at, maybe_at, maybe_ms
from incident.retry import Policy
from incident.store import Row, Store

COUNTED = ("attempts", "accepted", "refused", "hard", "deferred", "unknown")
"""The columns of a pulse. `hard` are the refused whose address does not exist."""


_Accepted: TypeAlias = tuple[int, int, str, str, int, int]
"""A row as the query `write_accepted` names its values: started_at, ended_at, code, words, broadcast, no."""

_Written: TypeAlias = tuple[str, str | None, int, int, int | None, str, str, int, int]
"""A row as the query `write_outcomes` names its values: state, reason, started_at, ended_at, next_at, code, words,
broadcast, no."""


class InHand:
    """A chunk in this process's hands and how many of its rows have no outcome yet."""

    __slots__ = ("chunk", "open")

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.open = 0


class Flight:
    """A row on its way: it may be given to the channel from `due` on (milliseconds; 0: at once), and was `started`."""

    __slots__ = ("due", "held", "row", "started")

    def __init__(self, row: Due, held: InHand) -> None:
        self.row = row
        self.held = held
        self.due = self.started = 0


_Heard: TypeAlias = tuple[Flight, Outcome, int]
"""A row, its outcome, and when that was heard (milliseconds)."""


@dataclass
class Record:
    """Outcomes of one channel until they are committed. Not committed means: unknown to whoever comes after a crash."""

    store: Store
    channel: str
    owner: str
    policy: Policy
    may_resend: bool
    known: list[_Heard] = field(default_factory=list)

    def add(self, flight: Flight, outcome: Outcome, ended: int) -> None:
        """An outcome that was heard at `ended` (milliseconds)."""
        self.known.append((flight, outcome, ended))

    def write(self) -> list[InHand]:
        """Writes what is known, in the caller's transaction; returns the chunks that have no open row any more.

        It stays known until `committed`: a database that is busy or full for a while must not make it unknown."""
        known = self.known
        if not known:
            return []
        accepted: list[_Accepted] = []
        others: list[_Heard] = []
        for one in known:
            flight, outcome, ended = one
            chunk = flight.held.chunk
            if type(outcome) is Sent and not chunk.retry and not chunk.broadcast["critical"]:  # nearly always
                words = outcome.words[:300]
                accepted.append((flight.started, ended, outcome.code, words, chunk.broadcast["no"], flight.row.no))
            else:
                others.append(one)
        if self.store.write_tuples("incident.delivery", "write_accepted", accepted) < len(accepted):
            self._write_late(accepted)
        rows = self._write_others(others) if others else []
        self._count(accepted, rows)
        left = Counter([flight.held for flight, _, _ in known])
        return [held for held, through in left.items() if held.open == through]

    def committed(self) -> None:
        """What was written stands in the ledger."""
        for flight, _, _ in self.known:
            flight.held.open -= 1
        self.known = []

    def _write_late(self, accepted: list[_Accepted]) -> None:
        """Somebody took us for dead and made some of these due again: they have arrived, and are due no more."""
        rows: list[_Written] = [
            ("accepted", None, started, ended, None, code, words, broadcast, no)
            for started, ended, code, words, broadcast, no in accepted
        ]
        self.store.write_tuples("incident.delivery", "write_outcomes", rows)

    def _write_others(self, known: list[_Heard]) -> list[_Written]:
        """What was not simply accepted; the attempt before stays on record."""
        again = [
            {"broadcast": flight.held.chunk.no, "no": flight.row.no} for flight, _, _ in known if flight.row.attempts
        ]
        if again:
            self.store.queries("incident.delivery").keep_attempts(again)
        rows = [self._row(*one) for one in known]
        self.store.write_tuples("incident.delivery", "write_outcomes", rows)
        for row, (flight, _, ended) in zip(rows, known, strict=True):
            if row[0] == "unknown" and self.may_resend and flight.row.attempts + 1 < self.policy.attempts:
                claims.send_again(self.store, flight.held.chunk.no, flight.row.no, at(ended))
        self._doubt(rows, known)
        return rows

    def _row(self, flight: Flight, outcome: Outcome, ended: int) -> _Written:
        """The ledger's row after an outcome."""
        row, broadcast = flight.row, flight.held.chunk.broadcast
        expires_at = maybe_at(broadcast["expires_at"])
        state, reason, again = judge_outcome(outcome, self.policy, row.attempts + 1, at(ended), expires_at)
        if state == "accepted" and broadcast["critical"]:
            asked = candidate(broadcast, self.channel, row, at(ended))
            reason = "opt_out_overridden" if passes.choice.opted_out(asked) else reason
        words = outcome.words[:300]
        return state, reason, flight.started, ended, maybe_ms(again), outcome.code, words, broadcast["no"], row.no

    def _doubt(self, rows: list[_Written], known: list[_Heard]) -> None:
        """A notice that was refused, and may have arrived at an earlier attempt, is unknown: its correction must go to
        that person too. A page that was refused has woken nobody, whatever came before."""
        again = [
            {"broadcast": row[7], "no": row[8]}
            for row, (flight, _, _) in zip(rows, known, strict=True)
            if row[0] == "refused" and flight.row.attempts and flight.held.chunk.broadcast["lane"] == LANES["notice"]
        ]
        if again:
            self.store.queries("incident.delivery").may_have_arrived(again)

    def _count(self, accepted: list[_Accepted], rows: list[_Written]) -> None:
        """Adds to the pulses. Each sender has rows of its own: two never wait for each other."""
        sorts: Counter[tuple[int, str, str | None]] = Counter([(row[7], row[0], row[1]) for row in rows])
        for broadcast, number in Counter([row[4] for row in accepted]).items():
            sorts[broadcast, "accepted", None] += number
        counts: dict[int, Counter[str]] = {}
        for (broadcast, state, reason), number in sorts.items():
            count = counts.setdefault(broadcast, Counter())
            count["attempts"] += number
            count[state] += number
            count["hard"] += number * (reason == "bad_address")
        for broadcast, count in counts.items():
            self.store.queries("incident.delivery").count_pulse(
                broadcast=broadcast,
                channel=self.channel,
                owner=self.owner,
                **{name: count[name] for name in COUNTED},
            )


def candidate(broadcast: Row, channel: str, row: Due, now: datetime) -> passes.Candidate:
    """What the passes ask about a row that is about to be sent."""
    return passes.Candidate(
        address=row.address,
        channel=sinks.behind(channel),
        post=row.recipient.startswith("post:"),
        copy=row.copy,
        opt_out=tuple(part for part in row.opt_out.split(";") if part),
        chosen=tuple(part for part in row.chosen.split(";") if part),
        suppressed_for=row.suppressed_for,
        critical=bool(broadcast["critical"]),
        expires_at=maybe_at(broadcast["expires_at"]),
        now=now,
        drill=bool(broadcast["drill"]),
        rehearses=None if row.recipient.startswith(("person:", "post:")) else bool(row.rehearses),
        sink=sinks.is_sink(channel),
    )
