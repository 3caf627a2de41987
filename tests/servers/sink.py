"""A fast SMTP server for crash tests: takes everything, and writes each Message-ID down before it says so.

A thread a connection, blocking sockets: several thousand mails a second, where the point is to be killed at a random
one of them and not to wait for it.
"""

from __future__ import annotations

import contextlib
import os
import re
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_QUICK = {b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"QUIT": b"221 bye\r\n", b"DATA": b"354 go on\r\n"}


class Sink(socketserver.ThreadingTCPServer):
    """Listens on a free port of loopback. `ledger` gets a line `address message-id` for each mail accepted."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, ledger: Path, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.delay = delay
        self.count = 0
        self.senders = 0
        self.ledger = ledger
        self._file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.pause = threading.Event()

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.server_address[1]}/?from=notice@wallet.example"

    def keep(self, recipient: bytes, mail: bytes) -> None:
        found = _ID.search(mail)
        os.write(self._file, recipient + b" " + (found[1] if found else b"-") + b"\n")
        self.count += 1

    def mails(self) -> list[tuple[str, str]]:
        """(address, Message-ID) of each mail, in the order in which they were accepted."""
        lines = self.ledger.read_text(encoding="utf-8").splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines]


class _Conversation(socketserver.StreamRequestHandler):
    """One connection. The answer to the text is said only after the mail was written down."""

    server: Sink
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.senders += 1
        with contextlib.suppress(OSError):
            self.wfile.write(b"220 sink\r\n")
            recipient = b""
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    recipient = line[line.index(b"<") + 1 : line.index(b">")]
                self.wfile.write(_QUICK.get(word, b"250 OK\r\n"))
                if word == b"QUIT":
                    return
                if word == b"DATA" and not self._take(recipient):
                    return

    def _take(self, recipient: bytes) -> bool:
        """The text up to its dot; a text that was cut off is no mail."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        self.server.pause.wait(self.server.delay) if self.server.delay else None
        self.server.keep(recipient, b"".join(lines))
        self.wfile.write(b"250 OK\r\n")
        return True


@contextlib.contextmanager
def running(ledger: Path, delay: float = 0.0) -> Iterator[Sink]:
    """A sink in threads of this process, until the end of the block. `delay` seconds pass before each answer."""
    with Sink(ledger, delay) as sink:
        threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield sink
        finally:
            sink.shutdown()
