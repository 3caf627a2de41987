"""A light SMTP server that takes mail fast: with PIPELINING, and CHUNKING if asked; it can refuse, hang up and count.

    python -m tests.servers.fastsink --port 2526 --chunking

`Sink` is the protocol of one session without a socket, so that a test can also play it byte by byte; `running` serves
it on loopback from a thread. It is strict where a sloppy client would go unnoticed: a second MAIL inside a
transaction, DATA without a recipient and bare line feeds are errors.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["greeting", "ehlo", "rset", "mail", "rcpt", "data", "text"]
Script = Callable[[Stage, str], str]
"""(stage, recipient or sender) -> the reply instead of the usual one; '' is the usual one, 'drop' closes at once.
A reply of 421 closes after it."""

_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail that was answered with 250."""

    sender: str
    recipient: str
    content: bytes


@dataclass(kw_only=True)
class Inbox:
    """What all sessions of a server share. `keep` off: only counted, for speed."""

    pipelining: bool = True
    chunking: bool = False
    keep: bool = True
    script: Script = lambda stage, address: ""
    mails: list[Taken] = field(default_factory=list)
    count: int = 0
    sessions: int = 0
    quits: int = 0

    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mails]


class Sink:
    """One session. `feed` returns what to answer; once `closed`, nothing more is read."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.closed = False
        self._rest = b""
        self._reading: Literal["commands", "text", "chunk"] = "commands"
        self._left = 0  # octets of the chunk
        self._chunk_ok = False
        self._sender: str | None = None
        self._recipient: str | None = None
        self._out: list[str] = []
        inbox.sessions += 1

    def greet(self) -> bytes:
        self._say("greeting", "", "220 sink.example ESMTP")
        return self._said()

    def feed(self, data: bytes) -> bytes:
        self._rest += data
        while not self.closed and self._step():
            pass
        return self._said()

    def _said(self) -> bytes:
        out, self._out = "".join(self._out), []
        return out.encode()

    def _step(self) -> bool:
        """Reads one command, text or chunk; False when it is not complete."""
        if self._reading == "chunk":
            return self._read_chunk()
        if self._reading == "text":
            return self._read_text()
        line, mark, rest = self._rest.partition(b"\n")
        if not mark:
            return False
        self._rest = rest
        if not line.endswith(b"\r"):
            self._out.append("500 5.5.2 bare line feed\r\n")
        else:
            self._command(line[:-1])
        return True

    def _read_text(self) -> bool:
        # The lone dot of an empty text stands at the very beginning.
        head, mark, rest = (b"\r\n" + self._rest).partition(b"\r\n.\r\n")
        if not mark:
            return False
        self._rest = rest
        self._reading = "commands"
        content = (head + b"\r\n")[2:].replace(b"\r\n..", b"\r\n.")
        if content.startswith(b".."):
            content = content[1:]
        self._take(content)
        return True

    def _read_chunk(self) -> bool:
        if len(self._rest) < self._left:
            return False
        content, self._rest = self._rest[: self._left], self._rest[self._left :]
        self._reading = "commands"
        if self._chunk_ok:
            self._take(content)
        else:
            self._out.append("503 5.5.1 no valid recipients\r\n")
        return True

    def _take(self, content: bytes) -> None:
        sender, recipient = self._sender, self._recipient
        self._sender = self._recipient = None
        if recipient is None:
            self._out.append("554 5.5.1 no valid recipients\r\n")
        elif self._say("text", recipient, "250 2.0.0 Ok"):
            self.inbox.count += 1
            if self.inbox.keep:
                self.inbox.mails.append(Taken(sender or "", recipient, content))

    def _say(self, stage: Stage, address: str, usual: str) -> bool:
        """Answers; whether it was a yes."""
        reply = self.inbox.script(stage, address) or usual
        if reply == "drop":
            self.closed = True
            return False
        self._out.append(reply + "\r\n")
        self.closed = reply.startswith("421")
        return reply[0] in "23"

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self._mail(_address(line))
        elif verb == b"RCPT":
            self._rcpt(_address(line))
        elif verb == b"DATA":
            self._data()
        elif verb == b"BDAT":
            self._bdat(line)
        elif verb == b"RSET":
            self._sender = self._recipient = None
            self._say("rset", "", "250 2.0.0 Ok")
        elif verb == b"EHLO":
            self._say("ehlo", "", self._offer())
        elif verb == b"HELO":
            self._out.append("250 sink.example\r\n")
        elif verb == b"QUIT":
            self.inbox.quits += 1
            self._out.append("221 2.0.0 Bye\r\n")
            self.closed = True
        else:
            self._out.append("502 5.5.2 not known\r\n")

    def _offer(self) -> str:
        words = ["sink.example", "8BITMIME", "SMTPUTF8", "SIZE 1000000", "ENHANCEDSTATUSCODES"]
        words += ["PIPELINING"] * self.inbox.pipelining + ["CHUNKING"] * self.inbox.chunking
        return "\r\n".join([f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"])

    def _mail(self, address: str) -> None:
        if self._sender is not None:
            self._out.append("503 5.5.1 nested MAIL\r\n")
        elif self._say("mail", address, "250 2.1.0 Ok"):
            self._sender = address

    def _rcpt(self, address: str) -> None:
        if self._sender is None:
            self._out.append("503 5.5.1 MAIL first\r\n")
        elif self._say("rcpt", address, "250 2.1.5 Ok"):
            self._recipient = address

    def _data(self) -> None:
        if self._sender is None:
            self._out.append("503 5.5.1 MAIL first\r\n")
        elif self._recipient is None:
            # Some servers say 354 here, and want a dot; the script may do so too.
            if self._say("data", "", "554 5.5.1 no valid recipients"):
                self._reading = "text"
        elif self._say("data", self._recipient, "354 go on"):
            self._reading = "text"

    def _bdat(self, line: bytes) -> None:
        self._left = int(line.split()[1])
        self._chunk_ok = self._recipient is not None
        self._reading = "chunk"


def _address(line: bytes) -> str:
    found = _ADDRESS.search(line)
    return found[1].decode() if found else ""


class _Served(asyncio.Protocol):
    def __init__(self, inbox: Inbox) -> None:
        self.sink = Sink(inbox)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.sink.greet())

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.sink.feed(data))
        if self.sink.closed:
            self.transport.close()


@contextlib.contextmanager
def running(inbox: Inbox, port: int = 0) -> Iterator[int]:
    """Serves `inbox` on loopback; yields the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = loop.create_server(lambda: _Served(inbox), "127.0.0.1", port, backlog=1000)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=2526)
    parser.add_argument("--chunking", action="store_true")
    given = parser.parse_args()
    inbox = Inbox(chunking=given.chunking, keep=False)
    with running(inbox, given.port) as port, contextlib.suppress(KeyboardInterrupt):
        print(f"listening on 127.0.0.1:{port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
