"""Files that are kept with an incident: by the SHA-256 of what is in them, so that one kept twice is there once.

They lie in the workspace, in `attachments/`; the timeline says which name and hash each had. What was changed or taken
away afterwards is noticed (`incident verify`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from incident.errors import BadValue

FOLDER = "attachments"
MOST_BYTES = 200_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file as the timeline tells it. `name` is what it was called; `sha256` where it lies."""

    name: str
    sha256: str
    bytes: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def place(workspace: Path, sha256: str) -> Path:
    """Where the file with that hash lies."""
    return workspace / FOLDER / sha256[:2] / sha256


def keep(workspace: Path, file: Path) -> Kept:
    """Copies a file into the workspace, flushed to the disk before it has its name. Raises BadValue."""
    try:
        if not file.is_file():
            raise BadValue(f"{file} is not a file; name the file to keep.")
        if file.stat().st_size > MOST_BYTES:
            raise BadValue(f"{file} is larger than {MOST_BYTES // 1_000_000} MB; keep it elsewhere and note where.")
        return _copy(workspace, file)
    except OSError as error:
        raise BadValue(f"{file} cannot be kept: {error.strerror}.") from error


def _copy(workspace: Path, file: Path) -> Kept:
    folder = workspace / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    partial = folder / f".{os.getpid()}.part"
    digest, size = hashlib.sha256(), 0
    with (
        file.open("rb") as source,
        os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as to,
    ):
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            to.write(piece)
        to.flush()
        os.fsync(to.fileno())
    found = Kept(name=file.name, sha256=digest.hexdigest(), bytes=size)
    target = place(workspace, found.sha256)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    partial.replace(target)
    return found


def told_in(detail: Mapping[str, Any]) -> Iterator[Kept]:
    """The files that one entry of the timeline names."""
    for one in detail.get("attachments") or ():
        yield Kept(name=str(one["name"]), sha256=str(one["sha256"]), bytes=int(one["bytes"]))


def wrong(workspace: Path, files: Iterable[Kept]) -> Iterator[str]:
    """A sentence for each file that is missing or is not what it was."""
    for one in files:
        found = sha256_of(place(workspace, one.sha256))
        if found is None:
            yield f"The attachment {one.name} is missing: {place(workspace, one.sha256)}."
        elif found != one.sha256:
            yield f"The attachment {one.name} was changed: {place(workspace, one.sha256)}."


def sha256_of(file: Path) -> str | None:
    """The hash of what is in a file; None when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                digest.update(piece)
    except OSError:
        return None
    return digest.hexdigest()
