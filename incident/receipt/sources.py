"""Where reports lie: a maildir, an mbox file, standard input, a file of callbacks; read with flat memory."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from incident.errors import SourceFailed
from incident.receipt import callback, mail
from incident.receipt.record import Piece

_QUOTED_FROM = re.compile(rb">+From ")


def maildir(folder: Path) -> Iterator[Piece]:
    """The mails in `new/`, by name; one whose receipt is durable moves to `cur/`, marked as seen.

    Raises SourceFailed for a folder that is no maildir or cannot be read.
    """
    new, cur = folder / "new", folder / "cur"
    try:
        cur.mkdir(exist_ok=True)
        names = sorted(entry.name for entry in os.scandir(new))
    except OSError as error:
        raise SourceFailed(f"{folder} cannot be read as a maildir: {error.strerror}.") from error
    for name in names:
        raw = _read_file(new / name)
        if raw is not None:
            yield Piece(said=mail.parse(raw), put_away=partial(_move, new / name, cur / f"{name}:2,S"))


def mbox(file: Path) -> Iterator[Piece]:
    """The mails of an mbox file, which is left as it is. Raises SourceFailed."""
    with _opened(file) as stream:
        for raw in _mails(stream):
            yield Piece(said=mail.parse(raw))


def stream(source: BinaryIO) -> Iterator[Piece]:
    """The one mail on an open stream, read to its end so that whoever writes it is not interrupted."""
    raw = source.read(mail.LONGEST)
    while source.read(mail.LONGEST):
        continue
    yield Piece(said=mail.parse(raw))


def callbacks(file: Path) -> Iterator[Piece]:
    """The lines of a provider's callbacks; the file is left as it is. Raises SourceFailed."""
    with _opened(file) as lines:
        for line in _lines(lines, callback.LONGEST):
            if line.strip():
                yield Piece(said=callback.parse(line))


def _read_file(file: Path) -> bytes | None:
    """The beginning of a mail; None for what is no file (a pipe would never end) or has just gone."""
    try:
        number = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceFailed(f"{file} cannot be read: {error.strerror}.") from error
    with os.fdopen(number, "rb") as opened:
        return opened.read(mail.LONGEST) if stat.S_ISREG(os.fstat(number).st_mode) else None


def _move(mail_file: Path, target: Path) -> None:
    try:
        mail_file.rename(target)
    except FileNotFoundError:
        return  # somebody else has taken it; its receipt is safe
    except OSError as error:
        raise SourceFailed(f"{mail_file} cannot be moved to cur/: {error.strerror}. Its receipt is safe.") from error


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise SourceFailed(f"{file} cannot be read: {error.strerror}.") from error


def _mails(lines: BinaryIO) -> Iterator[bytes]:
    """Cuts an mbox (RFC 4155): a mail begins at `From ` behind an empty line, and `>From ` inside was `From `.

    Raises SourceFailed for a file that begins otherwise.
    """
    said = _lines(lines, mail.LONGEST)
    if not next(said, b"From ").startswith(b"From "):
        raise SourceFailed("This is no mbox file: it does not begin with 'From '. One mail is read with --stdin.")
    kept: list[bytes] = []
    size, blank = 0, False
    for line in said:
        if blank and line.startswith(b"From "):
            yield b"".join(kept)
            kept, size = [], 0
        elif size < mail.LONGEST:
            kept.append(line[1:] if _QUOTED_FROM.match(line) else line)
            size += len(line)
        blank = not line.strip()
    if kept:
        yield b"".join(kept)


def _lines(source: BinaryIO, longest: int) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long the first `longest + 1` octets, so that it shows that it is."""
    read: Callable[[], bytes] = partial(source.readline, longest + 1)
    for line in iter(read, b""):
        rest = line
        while len(rest) > longest and not rest.endswith(b"\n"):
            rest = read()
        yield line
