"""What an HTTP reply, or its absence, says of one delivery. Pure: it is given the reply and the time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from incident.channel import robots
from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown

_LONGEST_WAIT = timedelta(days=1)
_REFUSED: Mapping[int, str] = {
    400: "bad_content",
    403: "not_authorised",
    404: "bad_address",
    410: "bad_address",
    413: "too_large",
    422: "bad_content",
}
_DEFERRED: Mapping[int, str] = {
    401: "not_authorised",
    407: "not_authorised",
    408: "busy",
    421: "busy",
    425: "busy",
    429: "rate",
}
_MISCONFIGURED = (405, 406, 415, 501, 505)
_LIMITS = ("retry-after", "x-ratelimit-reset-after", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
"""Where services say when to come back: RFC 9110; Discord; Mastodon; X; Bluesky."""

_WORDS = ("error", "error_description", "errmsg", "msg", "message", "description", "detail", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer. Header names are lower case; the body does not print (servers quote addresses back)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


def judge(
    reply: Reply, now: datetime, *, dialect: str = "", personal: bool = True, idempotent: bool = False
) -> Outcome:
    """One reply as an outcome:

    1. 2xx is Sent, unless the service's `dialect` finds an error in the body;
    2. 408, 425, 429 and 5xx are Deferred, not before the time that the server names; so is 403 with such a time;
    3. 401 and 407 refuse our login, not the recipient: Deferred, so that a lapsed token writes nobody off;
    4. 504 says that a gateway stopped waiting, not that nothing happened: Unknown unless repetition is recognised;
    5. a redirect is Refused: the URL is wrong, and a POST that follows it would arrive as an empty GET;
    6. every other 4xx is Refused, and so are 501 and 505, which no waiting mends; not found is the address's fault on a
       `personal` URL, else the settings';
    7. 1xx is no answer yet: Unknown.
    """
    code = f"http {reply.status}"
    if 200 <= reply.status < 300:
        return _accepted(reply, code, dialect)
    words = said(reply.body)
    if reply.status < 200:
        return Unknown("unclear", code, words)
    if reply.status == 504 and not idempotent:
        return Unknown("timeout", code, words)
    if reply.status in (404, 410) and not personal:
        return Refused("misconfigured", code, words)
    if reply.status < 400 or reply.status in _MISCONFIGURED:
        return Refused("misconfigured", code, words)
    wait = _wait(reply, now)
    if reply.status in _DEFERRED or reply.status >= 500:
        return Deferred(_DEFERRED.get(reply.status, "busy"), code, words, wait)
    if reply.status == 403 and wait is not None:
        return Deferred("rate", code, words, wait)
    return Refused(_REFUSED.get(reply.status, "rejected"), code, words)


def _accepted(reply: Reply, code: str, dialect: str) -> Outcome:
    if not dialect:
        return Sent(code, reference(_json(reply.body)))
    outcome = robots.judge(dialect, _json(reply.body), reply.body[:2000].decode("utf-8", "replace"))
    return replace(outcome, code=outcome.code or code)


def reference(parsed: Any) -> str:
    """The service's own id of the message. Nothing else is kept of a success: services send the text back."""
    found = parsed.get("id") if isinstance(parsed, dict) else None
    return f"id {found}" if isinstance(found, str | int) else ""


def _wait(reply: Reply, now: datetime) -> timedelta | None:
    """When to come back, from the headers, else the body: {"retry_after": 3.5} (Discord), or the same inside
    "parameters" (Telegram)."""
    wait = retry_after(reply.headers, now)
    if wait is None and isinstance(parsed := _json(reply.body), dict):
        inner = parsed.get("parameters")
        found = parsed.get("retry_after") or (inner.get("retry_after") if isinstance(inner, dict) else None)
        wait = retry_after({"retry-after": str(found)}, now) if isinstance(found, int | float | str) else None
    return wait


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date (RFC 9110, 10.2.3), else what services have instead; at most a day."""
    written = next((headers[name].strip() for name in _LIMITS if headers.get(name)), "")
    if re.fullmatch(r"\d{1,7}(\.\d+)?", written):
        wait = timedelta(seconds=float(written))
    else:
        until = _instant(written)
        if until is None:
            return None
        wait = until - now
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _instant(written: str) -> datetime | None:
    """An HTTP date, RFC 3339, or seconds since 1970; UTC when it names no zone."""
    if re.fullmatch(r"\d{9,11}(\.\d+)?", written):
        return datetime.fromtimestamp(float(written), UTC)
    from email.utils import parsedate_to_datetime

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(written)
        except ValueError:
            continue
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return None


def said(body: bytes) -> str:
    """What the body says to a person: the usual keys of a JSON error, else the text. Not cleaned yet."""
    parsed = _json(body)
    if isinstance(parsed, dict):
        inner = parsed.get("error")
        if isinstance(inner, dict):  # Google's services: {"error": {"code": 404, "message": …}}
            parsed = inner
        found = [str(parsed[key]) for key in _WORDS if isinstance(parsed.get(key), str | int)]
        return " ".join(found)
    text = body[:2000].decode("utf-8", "replace")
    return "" if text.lstrip().startswith("<") else text


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # a hostile server may nest it a thousand deep
        return None
