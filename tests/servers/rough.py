"""An HTTP server that misbehaves: each request is met in one of the WAYS below, and the server keeps a log.

Ways are told by what they do to a client. Those that `works` names have done what was asked before they broke: a second
request with the same key is a second message.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SILENCE = 30.0  # seconds; longer than any client's patience


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as it came, and which request it was."""

    no: int
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")


Way = Callable[[Call, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: Any = None, **headers: str) -> Way:
    """A whole answer: `body` as JSON, or as it is when it is bytes. Underscores in header names are hyphens."""

    async def way(call: Call, out: asyncio.StreamWriter) -> None:
        out.write(written(status, body, **headers))
        await out.drain()

    return way


def written(status: int, body: Any = None, **headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def raw(data: bytes, *, close: bool = True) -> Way:
    """These bytes, whatever they are."""

    async def way(call: Call, out: asyncio.StreamWriter) -> None:
        out.write(data)
        await out.drain()
        if close:
            out.close()

    return way


def then(first: Way, second: Way) -> Way:
    async def way(call: Call, out: asyncio.StreamWriter) -> None:
        await first(call, out)
        await second(call, out)

    return way


async def silence(call: Call, out: asyncio.StreamWriter) -> None:
    """Nothing, for longer than anybody waits."""
    await asyncio.sleep(_SILENCE)


async def pause(call: Call, out: asyncio.StreamWriter) -> None:
    """A moment."""
    await asyncio.sleep(0.02)


async def half_close(call: Call, out: asyncio.StreamWriter) -> None:
    """No further byte from this side; the other half of the connection stays open."""
    out.write_eof()
    await asyncio.sleep(_SILENCE)


async def close(call: Call, out: asyncio.StreamWriter) -> None:
    out.close()


async def reset(call: Call, out: asyncio.StreamWriter) -> None:
    """RST instead of FIN: what was on its way is lost."""
    plain = out.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    out.transport.abort()


def drip(data: bytes, every: float = 0.05) -> Way:
    """A byte at a time, so slowly that no single read ever times out."""

    async def way(call: Call, out: asyncio.StreamWriter) -> None:
        for byte in data:
            out.write(bytes([byte]))
            await out.drain()
            await asyncio.sleep(every)

    return way


async def flood(call: Call, out: asyncio.StreamWriter) -> None:
    """An answer that never ends."""
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            out.write(b"x" * 65536)
            await out.drain()


@dataclass
class Rough:
    """A running server. `choose` decides the way of each call, in the server's thread; `calls` is what came."""

    choose: Callable[[Call], Way]
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    first: Callable[[bytes], Way | None] = lambda head: None
    """Looks at a request's head and may answer before the body is read; the connection then ends."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, lines: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while not out.is_closing() and await self._one(lines, out):
                continue
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            out.close()

    async def _one(self, lines: asyncio.StreamReader, out: asyncio.StreamWriter) -> bool:
        head = await lines.readuntil(b"\r\n\r\n")
        asked, *rest = head.decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        early = self.first(head)
        body = b"" if early else await lines.readexactly(int(headers.get("content-length", 0)))
        call = Call(no=len(self.calls), path=asked.split(" ")[1], headers=headers, body=body)
        self.calls.append(call)
        await (early or self.choose(call))(call, out)
        return early is None

    async def run(self, ready: threading.Event, ending: asyncio.Event) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ending.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.contextmanager
def running(choose: Callable[[Call], Way]) -> Iterator[Rough]:
    """A server in a thread of its own, on a free port."""
    server, ready = Rough(choose), threading.Event()
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.run(ready, ending)), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(10)
        loop.close()


def in_order(*ways: Way) -> Callable[[Call], Way]:
    """The first calls are met so, in order; all later ones get 200."""
    left: Sequence[Way] = ways
    return lambda call: left[call.no] if call.no < len(left) else answer(200, {"id": call.no})
