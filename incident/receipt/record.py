"""Writing receipts down: each once, with what follows for its address, in one transaction a batch.

What was read is put away only after its receipt is durable. Whoever is killed between reads it again, finds the receipt
there, and puts it away.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from incident import journal
from incident.audience.address import suppression_key
from incident.audience.suppression import is_suppressed, suppress
from incident.channel.words import clean
from incident.delivery.model import LANES
from incident.journal import Actor
from incident.now import Clock, ms
from incident.receipt.match import Match, Sent, by_address, by_key
from incident.receipt.report import LEFT, Nothing, Report
from incident.receipt.tally import KINDS
from incident.store import Row, Store

BATCH = 200
MOST = 20
"""Receipts of one delivery. Whoever got a mail knows its key, and could write reports about it for ever."""

COUNTED = ("read", *KINDS, "known", *LEFT, "suppressed")
"""What a reading counts. `read` is the sum of all others but `suppressed` (addresses that it put on the list)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One mail or line: what it says, and what is done with it once that is durable."""

    said: Report | Nothing
    put_away: Callable[[], None] = lambda: None


def read(store: Store, pieces: Iterable[Piece], actor: Actor, clock: Clock) -> Counter[str]:
    """Records what the pieces say; returns how many of `COUNTED`.

    One transaction a batch, with its row in the journal (a batch that changes nothing has none: unmatched mails stay
    where they are and are met again by the next reading). What is understood is put away afterwards, also when it was
    known before; the rest is left.
    """
    counts: Counter[str] = Counter()
    for batch in _batches(pieces):
        matches = _matches(store, batch)
        with store.transaction():
            now = clock()
            words = [_keep(store, report, match, actor, now) for report, match in matches]
            told = Counter(word for each in words for word in each)
            if told["suppressed"] or any(told[kind] for kind in KINDS):
                _journal(store, told, len(batch), actor, now)
        counts += told + Counter(read=len(batch))
        for piece, each in zip(batch, words, strict=True):
            if each[0] not in LEFT:
                piece.put_away()
    return counts


def _matches(store: Store, batch: list[Piece]) -> list[tuple[Report | None, Match | Nothing]]:
    """Each piece with the delivery that it is about."""
    strangers = [piece.said for piece in batch if isinstance(piece.said, Report) and piece.said.key is None]
    candidates = _candidates(store, strangers)
    found: list[tuple[Report | None, Match | Nothing]] = []
    for piece in batch:
        if isinstance(piece.said, Nothing):
            found.append((None, piece.said))
        elif piece.said.key is not None:
            row = store.queries("incident.receipt").sent(broadcast=piece.said.key.broadcast, no=piece.said.key.no)
            found.append((piece.said, by_key(piece.said, _sent(row) if row else None)))
        else:
            known = [sent for thread in piece.said.threads for sent in candidates.get(thread, ())]
            found.append((piece.said, by_address(piece.said, known)))
    return found


def _candidates(store: Store, reports: list[Report]) -> dict[str, list[Sent]]:
    """What was sent to the addresses of reports without a key, by thread: one look into the ledger for all of them."""
    wanted: dict[str, set[str]] = {}
    for report in reports:
        named = {suppression_key(address) for fate in report.fates for address in fate.addresses}
        for thread in report.threads:
            wanted.setdefault(thread, set()).update(named)
    queries = store.queries("incident.receipt")
    return {
        thread: [_sent(row) for row in queries.sent_to(thread=thread, addresses=json.dumps(sorted(named)))]
        for thread, named in wanted.items()
    }


def _keep(store: Store, report: Report | None, match: Match | Nothing, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Writes one receipt; returns what is counted of it, first what became of the piece."""
    if report is None or isinstance(match, Nothing):
        return (match.reason if isinstance(match, Nothing) else "unmatched",)
    queries = store.queries("incident.receipt")
    source = _source(report, match)
    if queries.is_known(source=source):
        return ("known",)
    if queries.receipts_of(broadcast=match.sent.broadcast, delivery=match.sent.no)["rows_"] >= MOST:
        return ("too_many",)
    if not queries.insert_receipt(source=source, **_row(match, now)):
        return ("known",)
    condemned = match.condemned
    if not condemned or is_suppressed(store, condemned):
        return (match.fate.kind,)
    suppress(store, condemned, f"{match.fate.kind} {match.fate.enhanced}".strip(), actor, now)
    if match.fate.kind == "bounced":  # a rule that pauses for dead addresses hears of those that were accepted first
        queries.count_dead(broadcast=match.sent.broadcast, no=match.sent.no)
    return (match.fate.kind, "suppressed")


def _source(report: Report, match: Match) -> str:
    """The report's own identity, the delivery and what is said of it: neither the mailbox nor its way of storing."""
    fate, sent = match.fate, match.sent
    told = json.dumps([report.id, sent.broadcast_id, sent.no, fate.kind, fate.enhanced])
    return hashlib.sha256(told.encode()).hexdigest()


def _row(match: Match, now: datetime) -> Row:
    fate, sent = match.fate, match.sent
    happened = min(max(ms(fate.at or now), sent.frozen_at), ms(now))  # strangers' clocks are wrong, or lie
    return {
        "broadcast": sent.broadcast,
        "delivery": sent.no,
        "kind": fate.kind,
        "permanent": int(fate.permanent),
        "sure": int(match.sure),
        "code": fate.code,
        "enhanced": fate.enhanced,
        "words": clean(fate.words, hide=(sent.address, *fate.addresses)),
        "happened_at": happened,
        "recorded_at": ms(now),
    }


def _sent(row: Row) -> Sent:
    return Sent(
        broadcast=row["broadcast"],
        broadcast_id=row["broadcast_id"],
        no=row["no"],
        address=row["address"],
        staff=row["lane"] != LANES["notice"],
        frozen_at=row["frozen_at"],
    )


def _journal(store: Store, told: Counter[str], pieces: int, actor: Actor, now: datetime) -> None:
    detail = {name: count for name, count in {"read": pieces, **told}.items() if count}
    journal.append(
        store,
        journal.Entry(
            kind="receipts.read",
            happened_at=now,
            recorded_at=now,
            actor=actor.person,
            os_user=actor.os_user,
            detail={**dict(sorted(detail.items())), **actor.marks},
        ),
    )


def _batches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    waiting = iter(pieces)
    while batch := list(islice(waiting, BATCH)):
        yield batch
