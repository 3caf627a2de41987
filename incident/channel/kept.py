"""Kept connections for `requests`, with a deadline and a word on whether a request was handed over.

`requests` gives each call connections of its own and a timeout that begins anew with each byte. Here an adapter that
outlives the calls puts a timed socket (`wire`) under them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from incident.channel.wire import LONGEST_REPLY, Timed

_MOST = 32  # connections to one server; as many as a channel may have workers


class Watched(Protocol):
    """The request under way: when it must be over (monotonic seconds), and whether it was handed over whole."""

    ends: float
    handed_over: bool


def adapter(current: Callable[[], Watched | None]) -> HTTPAdapter:
    """An adapter whose connections keep to what `current` says of the calling thread's request."""

    class Mixin:
        sock: Any

        def connect(self) -> None:
            super().connect()  # type: ignore[misc]
            self.sock = Timed(self.sock)
            self._begin()

        def request(self, *args: Any, **more: Any) -> None:
            self._begin()
            super().request(*args, **more)  # type: ignore[misc]
            watched = current()
            if watched is not None:
                watched.handed_over = True

        def _begin(self) -> None:
            watched = current()
            if watched is not None and self.sock is not None:
                self.sock.ends = watched.ends

    class Plain(Mixin, HTTPConnection): ...

    class Encrypted(Mixin, HTTPSConnection): ...

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    pools = {"http": PlainPool, "https": EncryptedPool}

    class Adapter(HTTPAdapter):
        def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
            """A proxy's connections are no others: what was handed over to it may arrive."""
            manager = super().proxy_manager_for(proxy, **more)
            manager.pool_classes_by_scheme = pools
            return manager

    made = Adapter(pool_maxsize=_MOST)
    made.poolmanager.pool_classes_by_scheme = pools
    return made


def read(response: Any) -> bytes:
    """A response's body as far as it comes and as long as we care to read, put where `requests` looks for it. A status
    that was said holds whatever becomes of the words; what is left unread ends the connection."""
    body = bytearray()
    try:
        for piece in response.iter_content(16 * 1024):
            body += piece
            if len(body) >= LONGEST_REPLY:
                break
        else:
            return _consumed(response, bytes(body))
    except (requests.RequestException, OSError):
        pass
    response.raw.close()
    return _consumed(response, bytes(body[:LONGEST_REPLY]))


def _consumed(response: Any, body: bytes) -> bytes:
    response._content, response._content_consumed = body, True
    return body
