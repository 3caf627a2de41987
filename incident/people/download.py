"""A file from the network, kept on disk with its last good copy: a calendar server may be down in the night."""

from __future__ import annotations

import ipaddress
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from incident.channel.words import why_unconnected
from incident.errors import SourceFailed
from incident.now import at

LARGEST = 4_000_000  # bytes
AGAIN = timedelta(minutes=1)
"""How soon after a failure it is tried again: a dead server must not be asked by every command."""


def allowed(url: str, *, insecure: bool) -> bool:
    """https:// anywhere; http:// on this machine, or anywhere when `insecure`."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return True
    return parts.scheme == "http" and bool(parts.hostname) and (insecure or _is_loopback(str(parts.hostname)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_due(copy: Path, refresh: timedelta, now: datetime) -> bool:
    """Whether the copy is older than `refresh` (or absent), and no try has failed just now."""
    return _older(copy, refresh, now) and _older(_tried(copy), AGAIN, now)


def changed_at(file: Path) -> datetime | None:
    """When a file was last written; None when there is none."""
    try:
        return at(file.stat().st_mtime_ns // 1_000_000)
    except OSError:
        return None


def fetch(
    url: str, copy: Path, timeout: timedelta, check: Callable[[str], object], now: datetime, *, insecure: bool
) -> None:
    """Fetches `url` and puts it in the copy's place, if `check` (which raises ValueError) finds it good.

    Raises SourceFailed with the reason, without the URL: it may hold a token. The last good copy stays then.
    """
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    _stamp(_tried(copy), now)
    try:
        text = _get(url, timeout, insecure=insecure).decode("utf-8")
        check(text)
    except (OSError, HTTPException, ValueError) as error:
        raise SourceFailed(f"{copy.stem} could not be fetched from {urlsplit(url).hostname}: {_why(error)}.") from error
    fresh = copy.with_suffix(f".{os.getpid()}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    _stamp(fresh, now)
    fresh.replace(copy)


class _Careful(urllib.request.HTTPRedirectHandler):
    """Follows only to where it may go itself."""

    def __init__(self, *, insecure: bool) -> None:
        self.insecure = insecure

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not allowed(newurl, insecure=self.insecure):
            raise ValueError("it leads to a place in the clear")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _get(url: str, timeout: timedelta, *, insecure: bool) -> bytes:
    if not allowed(url, insecure=insecure):
        raise ValueError("only https:// is fetched")
    opener = urllib.request.build_opener(_Careful(insecure=insecure))
    with opener.open(url, timeout=timeout.total_seconds()) as answer:
        body: bytes = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1_000_000} MB")
    return body


def _why(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    reason = getattr(error, "reason", error)  # urllib wraps what went wrong
    return why_unconnected(reason) if isinstance(reason, OSError) else str(reason)


def _tried(copy: Path) -> Path:
    return copy.with_suffix(".tried")


def _stamp(file: Path, now: datetime) -> None:
    file.touch(mode=0o600)
    os.utime(file, (now.timestamp(), now.timestamp()))


def _older(file: Path, age: timedelta, now: datetime) -> bool:
    written = changed_at(file)
    return written is None or not written <= now < written + age
