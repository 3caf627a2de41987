"""A copy of the database that is known to be whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from incident import journal, store
from incident.delivery.care import restoring
from incident.errors import StoreMissing
from incident.store import Store


def copy(source: Store, target: Path, now: datetime) -> int:
    """Copies the database while others may write, then reads the copy's journal through; returns its entries.

    What was being sent is held in the copy, which says so: whoever restores it looks before anything leaves. Raises
    StoreMissing when `target` exists or cannot be written, JournalBroken when the copy is not whole.
    """
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.backup(source, target)
    except OSError as error:
        raise StoreMissing(f"{target} cannot be written: {error.strerror}.") from error
    copied = store.open_store(f"sqlite:///{target}")
    try:
        present, newest = store.versions(copied)
        if not present:
            return 0
        entries = journal.verify(copied)
        restoring.settle(copied, now, told=present == newest)
        return entries
    finally:
        copied.close()


def default_target(workspace: Path, now: datetime) -> Path:
    """`backups/incident-20261121T031000.db` (UTC), so that names sort by age."""
    return workspace / "backups" / f"incident-{now:%Y%m%dT%H%M%S}.db"
