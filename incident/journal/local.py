"""A journal of lines in one file, for when the database cannot be written: append-only, on the disk before we say so.

It is merged into the real journal later, each line once. A line that was torn by a crash is skipped, and said.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from incident.errors import StoreMissing
from incident.now import iso, parse_iso

FILE = "offline.jsonl"
SCHEMA = "incident.offline-line/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a person noted or did. `incident` is as it was typed, '' when it has no number yet."""

    id: str
    incident: str
    text: str
    happened_at: datetime
    recorded_at: datetime
    person: str
    os_user: str

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "id": self.id,
            "incident": self.incident,
            "text": self.text,
            "happened_at": iso(self.happened_at),
            "recorded_at": iso(self.recorded_at),
            "person": self.person,
            "os_user": self.os_user,
        }


@dataclass(frozen=True, slots=True)
class Torn:
    """A line that cannot be read, by its number in the file."""

    number: int


def append(file: Path, line: Line) -> None:
    """Adds the line; returns when it is on the disk. After a torn line it begins a new one. Raises StoreMissing."""
    data = json.dumps(line.to_json(), ensure_ascii=False).encode() + b"\n"
    try:
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" * torn + data)  # one write: two people's lines never mix
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreMissing(
            f"{file} cannot be written: {error.strerror}. Name another place with --file, or use paper."
        ) from error


def read(file: Path) -> Iterator[Line | Torn]:
    """The lines in their order; none when there is no file. Raises StoreMissing when it cannot be read."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreMissing(f"{file} cannot be read: {error.strerror}.") from error
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if raw.strip():
            yield _line(raw) or Torn(number)


def _line(raw: bytes) -> Line | None:
    try:
        told = json.loads(raw)
        if told.pop("schema") != SCHEMA:
            return None
        return Line(
            id=str(told["id"]),
            incident=str(told["incident"]),
            text=str(told["text"]),
            happened_at=parse_iso(told["happened_at"]),
            recorded_at=parse_iso(told["recorded_at"]),
            person=str(told["person"]),
            os_user=str(told["os_user"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
