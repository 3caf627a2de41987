"""Remembers that incident.yaml was read to its end without a mistake, so that the commands which need no channel
(`list`, `show`, `timeline` …) need not load every kind of channel to read it again.

The note beside the file holds its size, its time and the program's version; it is void when one of them changes, or
when a secret that the file refers to is gone. Losing the note costs a moment and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import incident

_NOTE = ".proofread"


def is_proofread(file: Path, unread: Any) -> bool:
    """Whether `file` is as it was when it was read whole, and the secrets named in `unread` (plain data) are there."""
    try:
        noted = (file.parent / _NOTE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return noted == _state(file) and all(_is_there(text, file.parent) for text in _texts(unread))


def remember(file: Path) -> None:
    """Writes the note; where that is not allowed, every command reads the whole file."""
    note = file.parent / _NOTE
    try:
        note.touch(mode=0o600)
        note.write_text(_state(file), encoding="utf-8")
    except OSError:
        return


def _state(file: Path) -> str:
    now = file.stat()
    return f"{incident.__version__} {now.st_size} {now.st_mtime_ns} {now.st_ino}\n"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _is_there(text: str, folder: Path) -> bool:
    """False for a reference (`env:NAME`, `file:path`) to nothing; any other text is itself."""
    source, colon, name = text.partition(":")
    if source == "env" and colon:
        return bool(os.environ.get(name, "").strip())
    return not (source == "file" and colon) or (folder / Path(name).expanduser()).is_file()
