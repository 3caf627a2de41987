"""An IMAP server for tests: one mailbox, and of RFC 3501 what a reader of unseen mails needs."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    """What the server holds: mails by number, which of them are seen, and every command that it was given."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    password: str = "secret"
    port: int = 0

    @property
    def url(self) -> str:
        return f"imap://bounces%40wallet.example:{self.password}@127.0.0.1:{self.port}/INBOX"


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[Mailbox]:
    """Serves the mailbox on a free port of loopback."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, command = line.decode().strip().partition(" ")
                mailbox.commands.append(command)
                self.wfile.write(_answer(mailbox, command).replace(b"TAG", tag.encode()))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        mailbox.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield mailbox
        finally:
            server.shutdown()


def _answer(mailbox: Mailbox, command: str) -> bytes:
    if command == "CAPABILITY":
        return b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
    if command.startswith("LOGIN"):
        right = command == f'LOGIN bounces@wallet.example "{mailbox.password}"'
        return b"TAG OK done\r\n" if right else b"TAG NO wrong password\r\n"
    if command.startswith("SELECT"):
        return b"* %d EXISTS\r\nTAG OK [READ-WRITE]\r\n" % len(mailbox.mails)
    if command == "UID SEARCH UNSEEN":
        unseen = " ".join(str(number) for number in sorted(mailbox.mails) if number not in mailbox.seen)
        return f"* SEARCH {unseen}\r\nTAG OK done\r\n".encode()
    if fetch := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
        part = mailbox.mails[int(fetch[1])][: int(fetch[2])]
        return b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\nTAG OK done\r\n" % (int(fetch[1]), len(part), part)
    if store := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Seen\)", command):
        mailbox.seen.add(int(store[1]))
        return b"TAG OK done\r\n"
    return b"TAG BAD unknown\r\n"
