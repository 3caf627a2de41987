"""Writing an archive: line by line, in slices, so that memory stays flat."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from incident.errors import StoreMissing
from incident.now import iso, ms
from incident.store import Row, Store

SCHEMA = "incident.archive/v1"
SLICE = 10_000
"""Deliveries read, or taken away, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A whole file. `rows` is deliveries by the broadcast's number."""

    path: Path
    sha256: str
    rows: dict[int, int]


def old(store: Store, incident: str | None, before: datetime) -> list[Row]:
    """Broadcasts of one incident, or all, that were over before then, of incidents that have ended."""
    return list(store.queries("incident.delivery.archive").old(incident=incident, before=ms(before)))


def write(store: Store, broadcasts: list[Row], target: Path, now: datetime) -> Written:
    """Writes the file under its name only when it is whole and on the disk. Raises StoreMissing."""
    if target.exists():
        raise StoreMissing(f"{target} exists already; name a new file.")
    part = target.with_name(f"{target.name}.part")
    try:
        with _lines(part) as file:
            rows = _write(store, broadcasts, file, now)
        os.replace(part, target)
    except OSError as error:
        raise StoreMissing(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    return Written(path=target, sha256=digest(target), rows=rows)


def digest(file: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _lines(part: Path) -> Iterator[TextIO]:
    """A new gzipped text, readable by its owner only (addresses stand in it), synced at the end."""
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with gzip.open(raw, "wt", encoding="utf-8", newline="\n") as file:
            yield file
        raw.flush()
        os.fsync(raw.fileno())


def _write(store: Store, broadcasts: list[Row], file: TextIO, now: datetime) -> dict[int, int]:
    lines, rows = 1, {}
    _line(file, {"schema": SCHEMA, "at": iso(now), "broadcasts": [row["id"] for row in broadcasts]})
    for broadcast in broadcasts:
        rows[broadcast["no"]] = 0
        for kind, row in _rows(store, broadcast):
            _line(file, {kind: row})
            rows[broadcast["no"]] += kind == "delivery"
            lines += 1
    _line(file, {"lines": lines + 1})
    return rows


def _rows(store: Store, broadcast: Row) -> Iterator[tuple[str, Row]]:
    queries = store.queries("incident.delivery.archive")
    yield "broadcast", broadcast
    for row in list(queries.renderings(broadcast=broadcast["no"])):
        yield "rendering", row
    for lo, hi in slices(int(queries.highest(broadcast=broadcast["no"])["no"])):
        place = {"broadcast": broadcast["no"], "lo": lo, "hi": hi}
        for kind, read in (
            ("delivery", queries.deliveries),
            ("attempt", queries.attempts),
            ("receipt", queries.receipts),
        ):
            for row in list(read(**place)):
                yield kind, row


def slices(last: int) -> Iterator[tuple[int, int]]:
    """(lo, hi) of SLICE rows each, up to number `last`."""
    for lo in range(1, last + 1, SLICE):
        yield lo, min(lo + SLICE - 1, last)


def _line(file: TextIO, data: dict[str, Any]) -> None:
    file.write(json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n")
