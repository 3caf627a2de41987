"""One kept-alive HTTP connection: a request goes out, and what comes back is a reply, or how far it came.

Whatever the other side does, an exchange ends within its deadline and reads a bounded amount. What decides about
sending again is whether the request was handed over whole (RFC 9112, 9.3.1): before that nothing can have happened,
after it only the server knows. Redirects are never followed (see `reply.judge`).
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import SplitResult

from incident.channel.port import Deferred, Unknown
from incident.channel.reply import Reply
from incident.channel.words import why_unconnected

LONGEST_REPLY = 64 * 1024
_EARLY = 0.2  # seconds to look for an answer of a server that stopped reading our request

Answer: TypeAlias = Reply | Deferred | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST. `longest_reply` bounds in bytes what is read of the answer's body."""

    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    longest_reply: int = LONGEST_REPLY


class Connection:
    """A connection to one server, opened when it is needed; `seconds` is the deadline of opening it, and again that of
    one exchange from its first byte to the last. One thread at a time."""

    def __init__(self, url: SplitResult, seconds: float, trust: Callable[[], ssl.SSLContext]) -> None:
        self._url = url
        self._seconds = seconds
        self._trust = trust
        self._http: http.client.HTTPConnection | None = None
        self._timed: Timed | None = None

    def open(self) -> Deferred | None:
        """Connects unless it is connected; the reason why it cannot."""
        if self._http is not None and not self._was_left():
            return None
        self.close()
        try:
            self._http = self._connected()
        except ssl.SSLError:
            return Deferred("tls", "", "The server's certificate is not trusted.")
        except OSError as error:
            return Deferred("unreachable", "", f"No connection: {why_unconnected(error)}.")
        return None

    def post(self, request: Request) -> Answer:
        """1. no connection: Deferred. 2. it broke, or time was up, before the request was handed over whole: Deferred,
        after a second try on a new connection when it was an old one, which the server may just have closed; a server
        that answers and hangs up in the middle of a request is heard. 3. after that: the reply, or Unknown."""
        kept = self._http is not None
        failed = self.open()
        if failed is not None:
            return failed
        ends = time.monotonic() + self._seconds
        answer = self._exchange(request, ends)
        if kept and isinstance(answer, Deferred):
            answer = self.open() or self._exchange(request, ends)
        return answer

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _connected(self) -> http.client.HTTPConnection:
        url = self._url
        host = url.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, url.port, timeout=self._seconds, context=self._trust())
            if url.scheme == "https"
            else http.client.HTTPConnection(host, url.port, timeout=self._seconds)
        )
        connection.connect()
        self._timed = connection.sock = Timed(connection.sock)
        return connection

    def _was_left(self) -> bool:
        """Whether a kept connection has something to read although nothing was asked: its end, or nonsense. A request
        on it would be handed over to nobody and be called unknown."""
        if self._timed is None or self._timed.fileno() < 0:
            return True
        watched = select.poll()
        watched.register(self._timed, select.POLLIN)
        return bool(watched.poll(0))

    def _exchange(self, request: Request, ends: float) -> Answer:
        assert self._http is not None
        assert self._timed is not None
        self._timed.ends = ends
        try:
            self._http.request("POST", request.target, request.body, dict(request.headers))
        except (http.client.HTTPException, OSError):
            self._timed.ends = time.monotonic() + _EARLY
            return self._early(request)
        return self._answer(request)

    def _early(self, request: Request) -> Answer:
        """A server may answer before it has read everything, and close (413, 429): RFC 9112, 9.5."""
        answer = self._answer(request)
        self.close()
        if isinstance(answer, Reply) and answer.status >= 300:
            return answer
        return Deferred("interrupted", "", "The connection broke before the request was handed over.")

    def _answer(self, request: Request) -> Answer:
        assert self._http is not None
        try:
            response = self._http.getresponse()
        except TimeoutError:
            self.close()
            return Unknown("timeout", "", f"No answer within {self._seconds:g} s.")
        except (http.client.RemoteDisconnected, OSError):
            self.close()
            return Unknown("no_reply", "", "The connection broke before an answer came.")
        except (http.client.HTTPException, ValueError):
            self.close()
            return Unknown("unclear", "", "The answer is not HTTP.")
        body, whole = _read(response, request.longest_reply)
        response.close()
        if not whole:  # what is left of it must not answer the next request
            self.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=headers, body=body)


def _read(response: http.client.HTTPResponse, longest: int) -> tuple[bytes, bool]:
    """The body as far as it comes, and whether that is all: the status is said already, and it holds whatever becomes
    of the words."""
    read = bytearray()
    try:
        while len(read) < longest and (piece := response.read1(min(longest - len(read), 16 * 1024))):
            read += piece
    except (http.client.HTTPException, OSError, ValueError):
        return bytes(read), False
    return bytes(read), response.isclosed() or response.length == 0


class Timed:
    """A socket with a deadline for all that is read and written until the next one is set. A socket's own timeout
    begins anew with each byte: a server that drips its answer would be waited for without end."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.ends = 0.0

    def begin(self) -> socket.socket:
        """The socket, with what is left of the time as its timeout. Raises TimeoutError."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._plain.settimeout(left)
        return self._plain

    def sendall(self, data: bytes) -> None:
        self.begin().sendall(data)

    def settimeout(self, seconds: float | None) -> None:
        """The deadline stands; a timeout for each byte is what it is there to replace."""

    def makefile(self, mode: str, *args: Any, **more: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self, self._plain.makefile("rb", buffering=0)))

    def fileno(self) -> int:
        return self._plain.fileno()

    def close(self) -> None:
        self._plain.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


class _Reader(io.RawIOBase):
    """What comes in on a timed socket; holds the socket open as long as it is read, as `socket.makefile` does."""

    def __init__(self, timed: Timed, raw: io.RawIOBase) -> None:
        self._timed = timed
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._timed.begin()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
