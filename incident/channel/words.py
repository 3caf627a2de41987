"""The server's own words, made fit for a ledger: one line, bounded, without secrets and without addresses."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable

LONGEST = 300
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_MAIL = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:]+")
_PHONE = re.compile(r"\+\d[\d -]{6,}\d")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)

_UNCONNECTED = {
    socket.gaierror: "its name leads nowhere, or no name server answers",
    ConnectionRefusedError: "nobody listens there",
    TimeoutError: "there is no answer",
    ConnectionResetError: "it was cut off",
    OSError: "it cannot be reached from here",
}


def clean(text: str, hide: Iterable[str] = ()) -> str:
    """`text` as one line of at most `LONGEST` characters, in which these became `***`:

    1. everything in `hide` (the address written to, the secrets of the URL);
    2. whatever looks like a mail address, a phone number or a URL: servers quote them back, whole.
    """
    quoted = [secret for secret in hide if len(secret) > 2 and secret in text]
    for secret in sorted(quoted, key=len, reverse=True):  # the longest first: one may hold another
        text = text.replace(secret, "***")
    for sign, pattern in (("://", _URL), ("@", _MAIL), ("+", _PHONE)):
        if sign in text:
            text = pattern.sub("***", text)
    if not text.isprintable() or "  " in text:
        text = _CONTROL.sub(" ", text)
    text = text.strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def why_unconnected(error: BaseException) -> str:
    """Why there is no connection, for people. The error's own text may name addresses."""
    import ssl  # it takes its time, and most commands open no connection

    if isinstance(error, ssl.SSLError):
        return "its certificate is not trusted, or it speaks no TLS"
    for kind, words in _UNCONNECTED.items():
        if isinstance(error, kind):
            return words
    return f"it failed ({type(error).__name__})"
