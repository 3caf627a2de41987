"""One TCP or TLS connection under an engine: carries bytes, keeps the time, and tells a listener what happens."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

from incident.channel.address import MailServer
from incident.channel.port import Deferred
from incident.channel.smtp.engine import Engine, Event, Over, Upgrade
from incident.channel.smtp.letter import Letter
from incident.channel.words import why_unconnected

_SECOND_LOOK = 0.05
"""Seconds. After a pause of ours the answer may lie unread in the socket: silence is believed at the second look."""


class Connection(asyncio.Protocol):
    """`tell` hears each event except `Upgrade`; exactly one `Over` comes last."""

    def __init__(
        self,
        server: MailServer,
        trust: Callable[[], ssl.SSLContext],
        supply: Callable[[], Letter | None],
        tell: Callable[[Connection, Event], None],
        *,
        loop: asyncio.AbstractEventLoop,
        window: int,
        timeout: float,
    ) -> None:
        self.ready = False
        self.kept = False  # idle since an earlier batch: the server may have closed it meanwhile
        self._server = server
        self._trust = trust
        self._tell = tell
        self._timeout = timeout
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._over = False
        self._heard = loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.engine = Engine(server, self._hello, lambda: None if self._paused else supply(), window)

    async def connect(self) -> None:
        """Connects; whatever goes wrong is told as `Over`."""
        server = self._server
        tls: dict[str, Any] = {}
        try:
            if server.security == "tls":
                tls = {"ssl": self._trust(), "server_hostname": server.host, "ssl_handshake_timeout": self._timeout}
            connecting = self._loop.create_connection(lambda: self, server.host, server.port, **tls)
            await asyncio.wait_for(connecting, self._timeout)
        except (OSError, ValueError) as error:
            self._finish(not_connected(error))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = self._loop.time()
        self._watch = self._loop.call_later(self._timeout, self._look)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._handle(self.engine.receive(data))

    def connection_lost(self, error: Exception | None) -> None:
        if isinstance(error, ssl.SSLError) and not self.ready:
            self._finish(not_connected(error))
        else:
            self._handle(self.engine.lost())

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.wake()

    # For the pool

    def wake(self) -> None:
        """There may be mails to take."""
        if self.ready and not self._over:
            if not self.engine.waiting:
                self._heard = self._loop.time()
            self._handle(self.engine.wake())

    def quit(self) -> None:
        """Hangs up; an idle session says QUIT first."""
        self.engine.quit()
        self._send()
        self._finish(None)

    # Inside

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            if type(event) is Upgrade:
                task = self._loop.create_task(self._encrypt())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif type(event) is Over:
                self._finish(event.why)
            else:
                self._tell(self, event)
        self._send()

    def _send(self) -> None:
        out = self.engine.outgoing()
        if out and self._transport is not None:
            self._transport.write(out)

    def _finish(self, why: Deferred | None) -> None:
        if self._over:
            return
        self._over = True
        if self._watch is not None:
            self._watch.cancel()
        self._send()  # QUIT, perhaps
        if self._transport is not None:
            self._transport.close()
        self._tell(self, Over(why))

    async def _encrypt(self) -> None:
        assert self._transport is not None
        try:
            upgrading = self._loop.start_tls(
                self._transport,
                self,
                self._trust(),
                server_hostname=self._server.host,
                ssl_handshake_timeout=self._timeout,
            )
            self._transport = await upgrading
        except (OSError, ValueError) as error:
            self._finish(not_connected(error))
            return
        if self._transport is not None:
            self._handle(self.engine.encrypted())

    def _hello(self) -> str:
        """How we present ourselves: this machine's full name, else our address as a literal (RFC 5321, 4.1.4).

        The resolver is not asked: a dead DNS would hold up every connection for seconds.
        """
        name = socket.gethostname()
        if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
            return name
        assert self._transport is not None
        address = str(self._transport.get_extra_info("sockname")[0])
        return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"

    def _look(self, again: bool = False) -> None:
        """Ends a session whose server has owed us a reply for too long."""
        left = self._heard + self._timeout - self._loop.time()
        if not self.engine.waiting:
            left = self._timeout
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        elif not again:
            self._watch = self._loop.call_later(_SECOND_LOOK, self._look, True)
        else:
            transport = self._transport
            self._handle(self.engine.lost("timeout"))
            if transport is not None:
                transport.abort()


def not_connected(error: BaseException) -> Deferred:
    """Why there is no connection. None of it is a recipient's fault."""
    if isinstance(error, ssl.SSLError):
        return Deferred("tls", "", f"The server's certificate is not trusted: {error.reason or 'TLS failed'}.")
    return Deferred("unreachable", "", f"No connection to the mail server: {why_unconnected(error)}.")
