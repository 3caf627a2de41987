"""Proving that an archive is the one that was written, and that it holds what was counted."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from incident import journal
from incident.delivery.archive.writing import SCHEMA, digest
from incident.errors import DoesNotAddUp, NotFound
from incident.store import Row, Store

_Key = tuple[str, str, str, str, str | None]
"""Broadcast, channel, locale, state, reason."""


def verify(store: Store, file: Path) -> list[Row]:
    """The broadcasts in the file: `id`, `incident`, `step`, `rows_`.

    Raises NotFound when there is no such file, or it stands nowhere on record (it is another file, or was changed);
    DoesNotAddUp when the record was changed: the timeline does not know the hash, or the sums are others.
    """
    try:
        sha256 = digest(file)
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from error
    queries = store.queries("incident.delivery.archive")
    broadcasts = list(queries.with_sha(sha256=sha256))
    if not broadcasts:
        raise NotFound(f"{file} (SHA-256 {sha256}) stands nowhere on record: it is another file, or it was changed.")
    for incident in dict.fromkeys(row["incident"] for row in broadcasts):
        if not _on_timeline(store, incident, sha256):
            raise DoesNotAddUp(f"The timeline of {incident} does not know this file. Verify the journal.")
    expected: Counter[_Key] = Counter()
    for row in broadcasts:
        for part in queries.sums(broadcast=row["broadcast"]):
            expected[row["id"], part["channel"], part["locale"], part["state"], part["reason"]] += part["rows_"]
    if _counted(file) != expected:
        raise DoesNotAddUp(f"{file} does not hold what was counted when it was written. Keep both and report it.")
    return broadcasts


def _on_timeline(store: Store, incident: str, sha256: str) -> bool:
    entries = journal.read(store, incident)
    return any(e.kind == "broadcast.archived" and e.detail.get("sha256") == sha256 for e in entries)


def _counted(file: Path) -> Counter[_Key]:
    counts: Counter[_Key] = Counter()
    broadcast = ""
    for line in _lines(file):
        if "broadcast" in line:
            broadcast = line["broadcast"]["id"]
        elif "delivery" in line:
            row = line["delivery"]
            counts[broadcast, row["channel"], row["locale"], row["state"], row["reason"]] += 1
    return counts


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        head = json.loads(next(opened, "{}"))
        if head.get("schema") != SCHEMA:
            raise DoesNotAddUp(f"{file} is no {SCHEMA}.")
        for line in opened:
            yield json.loads(line)
