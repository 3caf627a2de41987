"""A text into a file that has its name only when it is whole."""

from __future__ import annotations

import os
from pathlib import Path

from incident.errors import BadValue


def write(target: Path, text: str) -> None:
    """Writes a private file, in place of an older one. Raises BadValue."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(target)
    except OSError as error:
        raise BadValue(f"{target} cannot be written: {error.strerror}.") from error
