"""Cuts what a server says into replies, whatever pieces the network hands it over in."""

from __future__ import annotations

from typing import Final, NamedTuple

_CODES: Final = {str(code).encode(): code for code in range(200, 600)}
_MOST_KNOWN: Final = 256
_LONGEST: Final = 64 * 1024  # octets of one reply; RFC 5321 knows 512 a line, EHLO replies of a few dozen lines exist

NO_SMTP: Final = -1
"""The code of what is no reply (RFC 5321, 4.2)."""


class Reply(NamedTuple):
    """`text` is without the code, its lines joined by line feeds."""

    code: int
    text: bytes


_KNOWN: Final[dict[bytes, Reply]] = {}
"""Replies of one line by what the server said: most say the same to most commands, a hundred thousand times."""


def _one_line(line: bytes) -> Reply:
    reply = Reply(_CODES.get(line[:3], NO_SMTP), line[4:].rstrip(b"\r"))
    if len(_KNOWN) < _MOST_KNOWN:
        _KNOWN[line] = reply
    return reply


class Replies:
    """`feed` bytes as they come; it returns the replies that are complete, in order."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._length = 0

    @property
    def partial(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> list[Reply]:
        lines = (self._rest + data if self._rest else data).split(b"\n")
        self._rest = lines.pop()
        found: list[Reply] = []
        for line in lines:
            if not self._lines and (known := _KNOWN.get(line)) is not None:
                found.append(known)
            elif line[3:4] == b" " and not self._lines:  # nearly every reply is one line
                found.append(_one_line(line))
            elif (reply := self._line(line)) is not None:
                found.append(reply)
        if len(self._rest) + self._length > _LONGEST:
            self._rest, self._length = b"", 0
            found.append(Reply(NO_SMTP, b""))
        return found

    def _line(self, line: bytes) -> Reply | None:
        """The reply that this line ends; None when more lines belong to it."""
        code, mark = _CODES.get(line[:3], NO_SMTP), line[3:4]
        text = line[4:].rstrip(b"\r")
        if mark == b"-" and code != NO_SMTP:
            self._lines.append(text)
            self._length += len(line)
            return None
        if mark not in (b" ", b"\r", b""):
            code = NO_SMTP
        if self._lines:
            text = b"\n".join((*self._lines, text))
            self._lines, self._length = [], 0
        return Reply(code, text)
