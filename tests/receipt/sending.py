"""A broadcast that has gone out, and the key of each of its deliveries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from incident.journal import Actor
from incident.now import Clock
from incident.receipt import sources
from incident.receipt.record import read
from incident.store import Row, Store
from tests.delivery import ledger

WORKER = Actor(person="worker", os_user="root")


def sent(store: Store, clock: Clock, people: int = 3, **more: Any) -> Row:
    """A broadcast to u00000 … at example.net, accepted by the mail server."""
    if not store.execute("SELECT 1 AS one FROM recipient").fetchone():
        ledger.add_recipients(store, people)
    row = ledger.broadcast(store, clock(), **more)
    ledger.drain(store, ledger.line(ledger.Answering()), clock)
    return row


def key(store: Store, broadcast: Row, recipient: str = "u00001") -> str:
    """What stands before the @ in the Message-ID of one delivery."""
    no = ledger.rows(store, broadcast["no"])[recipient, "email"]["no"]
    return f"{broadcast['id']}.{no}"


def maildir(folder: Path, **mails: bytes) -> Path:
    """A maildir with these mails in new/."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, raw in mails.items():
        (folder / "new" / name).write_bytes(raw)
    return folder


def read_maildir(store: Store, folder: Path, clock: Clock) -> dict[str, int]:
    """Reads it; returns what was counted, without zeros."""
    return {name: count for name, count in read(store, sources.maildir(folder), WORKER, clock).items() if count}


def receipts(store: Store) -> list[Row]:
    found: list[Row] = store.execute("SELECT * FROM receipt ORDER BY broadcast, delivery, kind, source").fetchall()
    return found


def suppressed(store: Store) -> dict[str, str]:
    """address -> reason."""
    return {
        row["address"]: row["reason"] for row in store.execute("SELECT address, reason FROM suppression").fetchall()
    }


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "new").iterdir())
