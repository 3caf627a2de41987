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
    401: "not_authorised",
    403: "not_authorised",
    404: "bad_address",
    407: "not_authorised",
    410: "bad_address",
    413: "too_large",
    422: "bad_content",
}
_DEFERRED: Mapping[int, str] = {408: "busy", 425: "busy", 429: "rate"}
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
    2. 408, 425, 429 and 5xx are Deferred, not before Retry-After (or X-RateLimit-Reset);
    3. 504 says that a gateway stopped waiting, not that nothing happened: Unknown unless repetition is recognised;
    4. a redirect is Refused: the URL is wrong, and a POST that follows it would arrive as an empty GET;
    5. every other 4xx is Refused; not found is the address's fault on a `personal` URL, else the settings'.
    """
    code, words = f"http {reply.status}", said(reply.body)
    if 200 <= reply.status < 300:
        return _accepted(reply, code, dialect)
    if reply.status == 504 and not idempotent:
        return Unknown("timeout", code, words)
    if reply.status in _DEFERRED or reply.status >= 500:
        return Deferred(_DEFERRED.get(reply.status, "busy"), code, words, retry_after(reply.headers, now))
    if reply.status in (404, 410) and not personal:
        return Refused("misconfigured", code, words)
    if reply.status < 400 or reply.status in (405, 406, 415):
        return Refused("misconfigured", code, words)
    return Refused(_REFUSED.get(reply.status, "rejected"), code, words)


def _accepted(reply: Reply, code: str, dialect: str) -> Outcome:
    if not dialect:
        return Sent(code, _reference(reply.body))
    outcome = robots.judge(dialect, _json(reply.body))
    return replace(outcome, code=outcome.code or code)


def _reference(body: bytes) -> str:
    """The service's own id of the message. Nothing else is kept of a success: services send the text back."""
    parsed = _json(body)
    found = parsed.get("id") if isinstance(parsed, dict) else None
    return f"id {found}" if isinstance(found, str | int) else ""


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date (RFC 9110, 10.2.3), else X-RateLimit-Reset as an instant; at most a day."""
    written = headers.get("retry-after") or headers.get("x-ratelimit-reset") or ""
    if re.fullmatch(r"\d{1,7}", written):
        wait = timedelta(seconds=int(written))
    else:
        until = _instant(written)
        if until is None:
            return None
        wait = until - now
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _instant(written: str) -> datetime | None:
    """An HTTP date, RFC 3339, or seconds since 1970; UTC when it names no zone."""
    if re.fullmatch(r"\d{9,11}", written):
        return datetime.fromtimestamp(int(written), UTC)
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
        found = [str(parsed[key]) for key in _WORDS if isinstance(parsed.get(key), str | int)]
        return " ".join(found)
    text = body[:2000].decode("utf-8", "replace")
    return "" if text.lstrip().startswith("<") else text


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
