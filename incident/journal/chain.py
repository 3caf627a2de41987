"""Appending to the journal, reading it, and proving that no row was changed, removed or put in between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from incident.errors import JournalBroken
from incident.now import at, iso, maybe_at, ms
from incident.store import Row, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: the person by incident.yaml, and the OS user that the system vouches for.

    When the OS user is somebody else's, `login` is that person, and `proof` says why it was believed: `os_users`
    (incident.yaml allows it) or `totp` (a one-time code was told).
    """

    person: str
    os_user: str
    login: str = ""
    proof: str = ""

    @property
    def marks(self) -> dict[str, Any]:
        """What each entry's detail says when somebody acts as somebody else: it is never silent."""
        return {"acted_by": {"login": self.login, "proof": self.proof}} if self.login else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act. `actor` is a person's name in incident.yaml or `worker`; `os_user` is who the system says it was.

    `happened_at` is when it was so in the world, `recorded_at` when it was written down; a note may tell of earlier.
    `detail` is plain JSON data; addresses stand in it masked or not at all. `hash` covers `previous`, the hash of the
    row before it.
    """

    kind: str
    happened_at: datetime
    recorded_at: datetime
    actor: str
    os_user: str
    incident: str | None = None
    reason: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    hash: str = ""
    previous: str = field(default="", repr=False)

    def to_json(self) -> dict[str, Any]:
        """The entry as it is exported and hashed (without `hash`): an auditor can repeat it with sha256 and JSON."""
        return {
            "seq": self.seq,
            "incident": self.incident,
            "kind": self.kind,
            "happened_at": iso(self.happened_at),
            "recorded_at": iso(self.recorded_at),
            "actor": self.actor,
            "os_user": self.os_user,
            "reason": self.reason,
            "detail": dict(self.detail),
        }


def append(store: Store, entry: Entry) -> Entry:
    """Writes the entry as the chain's next row, in the caller's transaction or one of its own; returns it numbered."""
    with store.transaction():
        queries = store.queries("incident.journal")
        head = queries.head()
        numbered = replace(entry, seq=int(head["seq"]) + 1, previous=head["hash"])
        sealed = replace(numbered, hash=_hash(numbered, head["hash"]))
        queries.insert_row(
            seq=sealed.seq,
            incident=sealed.incident,
            kind=sealed.kind,
            happened_at=ms(sealed.happened_at),
            recorded_at=ms(sealed.recorded_at),
            actor=sealed.actor,
            os_user=sealed.os_user,
            reason=sealed.reason,
            detail=_canonical(dict(sealed.detail)),
            previous=head["hash"],
            hash=sealed.hash,
        )
        queries.move_head(seq=sealed.seq, hash=sealed.hash)
    return sealed


def hold(store: Store) -> None:
    """Makes the others wait until this transaction ends: whoever numbers things by what is there calls this first."""
    store.queries("incident.journal").head()


def read(store: Store, incident: str | None = None) -> Iterator[Entry]:
    """The entries of one incident, or all, oldest first."""
    queries = store.queries("incident.journal")
    rows = queries.everything() if incident is None else queries.of_incident(incident=incident)
    return map(_entry, rows)


def last_recorded(store: Store) -> datetime | None:
    """When the newest entry was written down; None for an empty journal."""
    return maybe_at(store.queries("incident.journal").last_recorded())


def verify(store: Store) -> int:
    """Walks the whole chain; returns how many rows it holds. Raises JournalBroken with the first broken row."""
    queries = store.queries("incident.journal")
    previous, count = "", 0
    for row in queries.everything():
        count += 1
        if row["seq"] != count:
            raise JournalBroken(f"Journal row {count} is missing; the next one there is {row['seq']}.", seq=count)
        entry = _entry(row)
        if row["previous"] != previous or row["hash"] != _hash(entry, previous):
            raise JournalBroken(f"Journal row {count} ({entry.kind}) was changed after it was written.", seq=count)
        previous = row["hash"]
    head = queries.head()
    if head["seq"] != count or head["hash"] != previous:
        raise JournalBroken(f"The journal ends at row {count}, but {head['seq']} were written.", seq=count + 1)
    return count


def _entry(row: Row) -> Entry:
    return Entry(
        seq=row["seq"],
        incident=row["incident"],
        kind=row["kind"],
        happened_at=at(row["happened_at"]),
        recorded_at=at(row["recorded_at"]),
        actor=row["actor"],
        os_user=row["os_user"],
        reason=row["reason"],
        detail=json.loads(row["detail"]),
        hash=row["hash"],
        previous=row["previous"],
    )


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(entry: Entry, previous: str) -> str:
    import hashlib  # brings OpenSSL: who only reads must not pay for it

    return hashlib.sha256((previous + _canonical(entry.to_json())).encode()).hexdigest()
