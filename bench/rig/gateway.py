"""A push gateway that does as little as possible: it takes a POST, or a batch of messages, and says yes to each.

python -m bench.rig.gateway --port 9000
"""

from __future__ import annotations

import argparse
import asyncio
import json

_BATCH = b'{"schema":"incident.batch/v1"'
_TAKEN = b'{"id": "m1"}'


class Conversation(asyncio.Protocol):
    """One connection, kept as long as the client likes."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._wire: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (end := self._heard.find(b"\r\n\r\n")) >= 0:
            whole = end + 4 + _length(self._heard[:end])
            if len(self._heard) < whole:
                return
            body = bytes(self._heard[end + 4 : whole])
            del self._heard[:whole]
            self._say(_results(body) if body.startswith(_BATCH) else _TAKEN)

    def _say(self, body: bytes) -> None:
        assert self._wire is not None
        self._wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        self._wire.write(body)


def _length(head: bytearray) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    return int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _results(body: bytes) -> bytes:
    keys = [message["key"] for message in json.loads(body)["messages"]]
    return json.dumps({"results": [{"key": key, "status": 202, "id": f"m{key}"} for key in keys]}).encode()


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().port))
