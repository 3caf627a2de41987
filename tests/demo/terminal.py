"""A terminal of our own: the program behaves as before a person (it draws progress and asks), and all is kept as text.

`Screen` knows the few control sequences that the program's bars use, so that what was drawn a hundred times over
stands once in the transcript.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[=>()][0B]?|([\r\n\b\x07])|([^\x1b\r\n\b\x07]+)|\x1b")
_LONGEST = 60.0
"""Seconds after which a command is taken for stuck."""


@dataclass(slots=True)
class Screen:
    """What a person would read once everything was drawn."""

    lines: list[str] = field(default_factory=lambda: [""])
    row: int = 0
    column: int = 0

    def feed(self, text: str) -> None:
        for match in _SEQUENCE.finditer(text):
            numbers, letter, control, words = match.groups()
            if letter:
                self._steer(numbers, letter)
            elif control:
                self._control(control)
            elif words:
                self._write(words)

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).strip("\n")

    def _steer(self, numbers: str, letter: str) -> None:
        if letter == "A":
            self.row = max(0, self.row - int(numbers or 1))
        elif letter == "B":
            self._down(int(numbers or 1))
        elif letter == "K":
            line = self.lines[self.row]
            self.lines[self.row] = "" if numbers == "2" else line[: self.column]

    def _control(self, control: str) -> None:
        if control == "\n":
            self._down(1)
        if control in "\r\n":
            self.column = 0
        if control == "\b":
            self.column = max(0, self.column - 1)

    def _down(self, rows: int) -> None:
        self.row += rows
        self.lines.extend([""] * (self.row + 1 - len(self.lines)))

    def _write(self, words: str) -> None:
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + words + line[self.column + len(words) :]
        self.column += len(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One command as it was seen: its exit code, and its text once everything was drawn."""

    exit: int
    text: str


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    columns: int,
    watch: Callable[[str], None],
    typed: Callable[[str], str | None],
) -> Ran:
    """Runs a command in a terminal `columns` wide. `watch` gets its output raw, as it comes.

    `typed` is given what was printed since the last answer and returns what a person would type now, or None.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment), cwd="/", start_new_session=True
    )
    os.close(theirs)
    try:
        screen = _converse(ours, watch, typed)
        return Ran(exit=process.wait(timeout=_LONGEST), text=screen.text())
    finally:
        os.close(ours)
        process.kill()
        process.wait()


def _converse(terminal: int, watch: Callable[[str], None], typed: Callable[[str], str | None]) -> Screen:
    screen, since, rest = Screen(), "", b""
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux says EIO when the program has ended
            break
        if not data:
            break
        text, rest = _decoded(rest + data)
        watch(text)
        screen.feed(text)
        since += text
        answer = typed(since)
        if answer is not None:
            since = ""
            os.write(terminal, answer.encode() + b"\n")
    else:
        raise TimeoutError(f"The command did not end within {_LONGEST:g} s:\n{screen.text()}")
    return screen


def _decoded(data: bytes) -> tuple[str, bytes]:
    """The whole characters of `data`, and the bytes of one that is cut at its end."""
    for cut in range(min(4, len(data) + 1)):
        try:
            return data[: len(data) - cut].decode(), data[len(data) - cut :]
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), b""
