"""An HTTP request: http and https only, no redirect to another host, a bounded answer within its time."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import time
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from incident.outside import secrecy
from incident.outside.request import Outcome, WebRequest

_LONGEST = 1024 * 1024
_REDIRECTS = 3
_MOVED = (301, 302, 303, 307, 308)


class _Refused(ValueError):
    """A request that is not made, with the sentence that says why."""


def do(request: WebRequest) -> Outcome:
    """Sends it once."""
    tokens = tuple(os.environ.get(name, "") for name in request.passed.values())
    hidden = (*request.secrets, *tokens)
    try:
        status, body = _followed(request)
    except _Refused as error:
        return Outcome(state="failed", code="value", words=secrecy.text(str(error).encode(), hidden))
    except TimeoutError:
        words = f"no answer within {request.seconds:g} s"
        return Outcome(state="failed" if _harmless(request) else "lost", code="timeout", words=words)
    except (http.client.HTTPException, ssl.SSLError, OSError) as error:
        return _broken(request, error, hidden)
    return _judged(request, status, body, hidden)


def _harmless(request: WebRequest) -> bool:
    return request.method in ("GET", "HEAD")


def _broken(request: WebRequest, error: Exception, hidden: tuple[str, ...]) -> Outcome:
    """Before a connection stood nothing can have happened; after it, only the other side knows."""
    told = secrecy.text(str(error).encode(), hidden, 200) or type(error).__name__
    before = isinstance(error, ConnectionRefusedError | socket.gaierror | ssl.SSLError)
    if before or _harmless(request):
        return Outcome(state="failed", code="connection", words=f"no connection: {told}")
    return Outcome(state="lost", code="connection", words=f"the connection broke: {told}")


def _followed(request: WebRequest) -> tuple[int, bytes]:
    """The status and body of the answer. A GET follows redirects of the same host; anything else follows none."""
    url, give_up = request.url, time.monotonic() + request.seconds
    for _ in range(_REDIRECTS):
        status, body, moved = _one(request, url, give_up)
        target = urljoin(url, moved) if moved else ""
        if status not in _MOVED or not target or not _harmless(request) or _origin(target) != _origin(url):
            return status, body
        url = target
    return status, body


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = _split(url)
    return parts.scheme, parts.hostname, parts.port


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError as error:
        raise _Refused(f"'{url}' is not a URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Refused(f"'{url}' is not an http or https URL")
    if parts.username or parts.password:
        raise _Refused("A URL with a password in it is not used; give the password in a header")
    return parts


def _one(request: WebRequest, url: str, give_up: float) -> tuple[int, bytes, str]:
    parts = _split(url)
    headers = _headers(request)
    left = max(0.001, give_up - time.monotonic())
    made: type[http.client.HTTPConnection] = http.client.HTTPConnection
    if parts.scheme == "https":
        made = http.client.HTTPSConnection
    connection = made(parts.hostname or "", parts.port, timeout=left)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        try:
            connection.request(request.method, target, request.body.encode() or None, headers)
        except (ValueError, UnicodeError) as error:
            raise _Refused(f"the request cannot be made: {error}") from error
        response = connection.getresponse()
        return response.status, _read(response, give_up), response.getheader("Location") or ""
    finally:
        connection.close()


def _headers(request: WebRequest) -> dict[str, str]:
    missing = [name for name in request.passed.values() if name not in os.environ]
    if missing:
        raise _Refused(f"the worker has no environment variable {', '.join(missing)}")
    passed = {header: os.environ[name] for header, name in request.passed.items()}
    key = {} if _harmless(request) or not request.key else {"Idempotency-Key": request.key}
    return {"User-Agent": "incident", "Accept": "*/*", **key, **request.headers, **passed}


def _read(response: http.client.HTTPResponse, give_up: float) -> bytes:
    """The body up to its limit; one that comes in drops ends with the time, not with the last drop."""
    body = bytearray()
    while part := response.read1(65536):
        body += part
        if len(body) > _LONGEST:
            break
        if time.monotonic() > give_up:
            raise TimeoutError
    return bytes(body[:_LONGEST])


def _judged(request: WebRequest, status: int, body: bytes, hidden: tuple[str, ...]) -> Outcome:
    outputs: dict[str, Any] = {"status": status, "body": secrecy.text(body, hidden), "json": None}
    with contextlib.suppress(ValueError):  # an answer that is no JSON is a text
        outputs["json"] = secrecy.parsed(body, hidden)
    good = status in request.expect if request.expect else 200 <= status < 300
    if not good:
        wanted = " or ".join(map(str, request.expect)) or "200-299"
        said = secrecy.last_line(outputs["body"])
        words = f"answered {status}, not {wanted}" + (f": {said}" if said else "")
        return Outcome(state="failed", code="status", words=words, outputs=outputs)
    if request.contains and request.contains.encode() not in body:
        return Outcome(state="failed", code="check", words="the answer does not hold what it must", outputs=outputs)
    return Outcome(state="ok", outputs=outputs)
