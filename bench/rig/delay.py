"""A road with a round trip: passes octets on, each direction a while later, in a process of its own.

    python -m bench.rig.delay --port 2527 --to 2525 --way 0.015

Every octet is late by the same time, however many there are: it delays, and does not throttle.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import deque
from contextlib import suppress
from typing import cast


class _Lane:
    """One direction of one connection: what was read, and when it is due at the other side."""

    def __init__(self, way: float) -> None:
        self._way = way
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._timed = False
        self._to: asyncio.Transport | None = None

    def open(self, to: asyncio.Transport) -> None:
        self._to = to
        self._pass_on()

    def put(self, data: bytes) -> None:
        """`data` is due a way from now; nothing (the end) too."""
        self._queue.append((self._loop.time() + self._way, data))
        self._pass_on()

    def _pass_on(self) -> None:
        if self._timed or self._to is None:
            return
        while self._queue and self._queue[0][0] <= self._loop.time():
            _, data = self._queue.popleft()
            if not data:
                self._to.close()
            elif not self._to.is_closing():
                self._to.write(data)
        if self._queue:
            self._timed = True
            self._loop.call_at(self._queue[0][0], self._due)

    def _due(self) -> None:
        self._timed = False
        self._pass_on()


class _End(asyncio.Protocol):
    """One end of a connection: what it says goes into a lane."""

    def __init__(self, into: _Lane) -> None:
        self._into = into

    def data_received(self, data: bytes) -> None:
        self._into.put(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._into.put(b"")


class _Entry(_End):
    """The client's end: connects to the server for each client."""

    def __init__(self, to: int, way: float) -> None:
        super().__init__(_Lane(way))
        self._port = to
        self._way = way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        client = cast(asyncio.Transport, transport)
        self._back = _Lane(self._way)
        self._back.open(client)
        self._task = asyncio.get_running_loop().create_task(self._connect(client))

    async def _connect(self, client: asyncio.Transport) -> None:
        try:
            loop = asyncio.get_running_loop()
            server, _ = await loop.create_connection(lambda: _End(self._back), "127.0.0.1", self._port)
        except OSError:
            client.close()
        else:
            self._into.open(server)


async def _serve(port: int, to: int, way: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Entry(to, way), "127.0.0.1", port, backlog=1000)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=2527)
    parser.add_argument("--to", type=int, default=2525, help="the server's port")
    parser.add_argument("--way", type=float, default=0.015, help="seconds in each direction")
    given = parser.parse_args()
    with suppress(ImportError, KeyboardInterrupt):
        import uvloop

        return uvloop.run(_serve(given.port, given.to, given.way))
    asyncio.run(_serve(given.port, given.to, given.way))


if __name__ == "__main__":
    main()
