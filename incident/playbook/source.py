"""The text of a playbook file."""

from __future__ import annotations

from pathlib import Path

from incident.errors import Mistake


def read_text(path: Path) -> tuple[str, list[Mistake]]:
    """The text of a file, or the one mistake that kept us from reading it."""
    try:
        if not path.is_file():  # a pipe or a device would keep us waiting for ever
            return "", [Mistake(str(path), 0, 0, "unreadable", "This is not a file; name a YAML file.")]
        return path.read_text(encoding="utf-8-sig"), []
    except UnicodeDecodeError:
        return "", [Mistake(str(path), 1, 1, "not_utf8", "The file is not UTF-8; save it as UTF-8.")]
    except OSError as error:
        return "", [Mistake(str(path), 0, 0, "unreadable", f"The file cannot be read: {error.strerror}.")]
