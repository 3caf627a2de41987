"""An SMTP server on loopback that keeps each mail as an .eml file and can refuse, drop and dawdle.

    python -m tests.servers.smtp --port 2525 --folder mails --refuse gone@example.com="550 5.1.1 No such user"

Each file begins with two lines of the envelope: X-Envelope-From and X-Envelope-To.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(kw_only=True)
class Behaviour:
    """What goes wrong, on purpose. Addresses map to the reply they get; `drop_…` hold addresses, dropped once each."""

    refuse: Mapping[str, str] = field(default_factory=dict)
    refuse_text: Mapping[str, str] = field(default_factory=dict)
    drop_before_text: set[str] = field(default_factory=set)
    drop_after_text: set[str] = field(default_factory=set)
    delay: float = 0.0
    password: str = ""
    close_after: int = 0
    """Closes every connection after so many mails with 421; 0 never does."""


class Keeper:
    """aiosmtpd's hooks: applies the behaviour and keeps the mails."""

    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self.folder = folder
        self.behaviour = behaviour
        self.sessions = 0
        self.count = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        session.mails = 0  # type: ignore[attr-defined]
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour.close_after and session.mails >= self.behaviour.close_after:  # type: ignore[attr-defined]
            return "421 4.3.2 Enough for one session"
        if address in self.behaviour.refuse:
            return self.behaviour.refuse[address]
        if address in self.behaviour.drop_before_text:
            self.behaviour.drop_before_text.discard(address)
            _drop(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.behaviour.delay)
        for address in envelope.rcpt_tos:
            if address in self.behaviour.refuse_text:
                return self.behaviour.refuse_text[address]
            self.keep(address, envelope)
            if address in self.behaviour.drop_after_text:
                self.behaviour.drop_after_text.discard(address)
                _drop(server)
        session.mails += 1  # type: ignore[attr-defined]
        return f"250 2.0.0 OK: queued as {self.count}"

    def keep(self, address: str, envelope: Envelope) -> None:
        self.count += 1
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {address}\r\n"
        (self.folder / f"{self.count:06d}.eml").write_bytes(head.encode() + (envelope.original_content or b""))


def _drop(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


class MailServer:
    """A running server: `port`, `url`, what it keeps, and the behaviour that can be changed while it runs."""

    def __init__(self, keeper: Keeper, tls: ssl.SSLContext | None) -> None:
        self.keeper = keeper
        self.behaviour = keeper.behaviour
        self.port = 0
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=notice@wallet.example"

    def mails(self) -> list[EmailMessage]:
        """What has arrived, in order, parsed by Python's own parser."""
        return [
            message_from_bytes(file.read_bytes(), policy=policy.default)  # type: ignore[misc]
            for file in sorted(self.keeper.folder.glob("*.eml"))
        ]

    def recipients(self) -> list[str]:
        return [str(mail["X-Envelope-To"]) for mail in self.mails()]

    def start(self, port: int) -> None:
        self._thread.start()
        listening = self._loop.create_server(self._protocol, "127.0.0.1", port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stops listening and cuts what is still connected, as a server that dies does."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _shut(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _protocol(self) -> SMTP:
        password = self.behaviour.password
        return SMTP(
            self.keeper,
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            hostname="loopback.example",
            authenticator=self._authenticate if password else None,
            auth_required=bool(password),
            auth_require_tls=False,
            loop=self._loop,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password.decode() == self.behaviour.password
        return AuthResult(success=good, handled=False)


@contextlib.contextmanager
def running(
    folder: Path, behaviour: Behaviour | None = None, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[MailServer]:
    """A server in a thread of its own. Port 0 takes a free one; `tls` offers STARTTLS."""
    folder.mkdir(parents=True, exist_ok=True)
    server = MailServer(Keeper(folder, behaviour or Behaviour()), tls)
    server.start(port)
    try:
        yield server
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=2525)
    parser.add_argument("--folder", type=Path, default=Path("mails"))
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS=REPLY")
    parser.add_argument("--drop", action="append", default=[], metavar="ADDRESS", help="dropped once, before the text")
    parser.add_argument("--drop-after", action="append", default=[], metavar="ADDRESS", help="dropped once, after it")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    behaviour = Behaviour(
        refuse=dict(pair.split("=", 1) for pair in given.refuse),
        drop_before_text=set(given.drop),
        drop_after_text=set(given.drop_after),
        delay=given.delay,
    )
    with running(given.folder, behaviour, port=given.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"listening on {server.url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
