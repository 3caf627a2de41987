"""Listens to what `requests` says on the wire while foreign code (Apprise) uses it, and adds headers to it.

Apprise answers yes or no and keeps status, Retry-After and body to itself; it also puts Mastodon's
Idempotency-Key into the body, where Mastodon does not look, and opens a connection for each request. So this module
wraps `HTTPAdapter.send` once: inside `watching()` (a context variable, so each thread has its own) every exchange is
recorded, reads a bounded answer, ends in time and uses connections that are kept; outside, nothing changes.
`tests/channel/test_observe.py` fails when Apprise stops going this way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, cached_property
from time import monotonic
from typing import Any, Literal

from incident.channel.reply import Reply

Failure = Literal["", "connect", "tls", "timeout", "broken", "interrupted"]


class Kept:
    """The connections of one channel, shared by its threads; `seconds` is the deadline of one exchange."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    @cached_property
    def adapter(self) -> Any:
        from incident.channel import kept

        return kept.adapter(_EXCHANGE.get)

    def close(self) -> None:
        """Lets go of the connections; later exchanges open new ones."""
        if "adapter" in self.__dict__:
            self.adapter.close()


@dataclass(slots=True)
class Exchange:
    """What was heard: the replies in order, how the last request failed without one, and the log's last warning.
    `ends` (monotonic seconds) and `handed_over` speak of the request that is under way."""

    headers: Mapping[str, str] = field(default_factory=dict)
    kept: Kept | None = None
    replies: list[Reply] = field(default_factory=list)
    failure: Failure = ""
    warning: str = field(default="", repr=False)
    ends: float = 0.0
    handed_over: bool = True


_INSTALLING = threading.Lock()
_EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def watching(headers: Mapping[str, str] | None = None, kept: Kept | None = None) -> Iterator[Exchange]:
    """Records the exchanges of this thread; `headers` go out with each request, over the connections `kept`."""
    _install()
    exchange = Exchange(headers=headers or {}, kept=kept)
    token = _EXCHANGE.set(exchange)
    try:
        yield exchange
    finally:
        _EXCHANGE.reset(token)


def _install() -> None:
    """Once, whoever is first: channels send side by side, and twice wrapped would be heard twice."""
    with _INSTALLING:
        _wrap()


@cache
def _wrap() -> None:
    from requests.adapters import HTTPAdapter

    from incident.channel import kept

    plain = HTTPAdapter.send

    def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        exchange = _EXCHANGE.get()
        if exchange is None:
            return plain(self, request, *args, **kwargs)
        request.headers.update({"Accept-Encoding": "identity", **exchange.headers})
        ours = exchange.kept if type(self) is HTTPAdapter else None
        through = self
        if ours is not None:
            through = ours.adapter
            exchange.ends = monotonic() + ours.seconds
            exchange.handed_over = False
        try:
            response = plain(through, request, *args, **kwargs)
        except Exception as error:
            said = failure(error)
            exchange.failure = said if ours is None else _placed(said, handed_over=exchange.handed_over)
            raise
        headers = {name.lower(): value for name, value in response.headers.items()}
        exchange.replies.append(Reply(status=response.status_code, headers=headers, body=kept.read(response)))
        exchange.failure = ""
        return response

    HTTPAdapter.send = send  # type: ignore[method-assign]
    log = logging.getLogger("apprise")
    log.addHandler(_Warnings(logging.WARNING))
    log.propagate = False  # Apprise logs addresses and URLs; here they are heard and go no further


def _placed(failed: Failure, *, handed_over: bool) -> Failure:
    """A failure of whose request it is known whether it was handed over: if not, it has not happened, however it
    ended; if so, it may have arrived, although a proxy or the encryption is to blame."""
    if handed_over:
        return "timeout" if failed == "timeout" else "broken"
    return "interrupted" if failed in ("timeout", "broken") else failed


def failure(error: BaseException) -> Failure:
    """Why `requests` has no reply. What matters is whether the server may have the request:

    `connect` and `tls` say that it has not; `timeout` and `broken` leave it open.
    """
    import requests
    from urllib3.exceptions import NameResolutionError, NewConnectionError

    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return "connect"
    if isinstance(error, requests.exceptions.Timeout):
        return "timeout"
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, NewConnectionError | NameResolutionError):
        return "connect"
    return "broken"


class _Warnings(logging.Handler):
    """Keeps the last warning of the log for the exchange of its thread: all that non-HTTP plug-ins ever say."""

    def emit(self, record: logging.LogRecord) -> None:
        exchange = _EXCHANGE.get()
        if exchange is not None:
            exchange.warning = record.getMessage()
