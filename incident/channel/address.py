"""Reads Apprise URLs without Apprise: placeholders and secrets of any, and mail servers in full.

The grammar is Apprise's (`mailtos://user:password@host:port/?from=a@b.c&name=Wallet&mode=ssl`), so that one URL serves
both; what it allows and we do not (recipients in the URL, a guess from the provider's name) is a mistake here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from incident import registry
from incident.settings import Secret

PLACEHOLDERS = ("push", "email", "phone", "id")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]+@[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]+")

Security = Literal["plain", "starttls", "tls"]
_PORTS: Mapping[str, int] = {"plain": 25, "starttls": 587, "tls": 465}
_MODES: Mapping[str, Security] = {"insecure": "plain", "starttls": "starttls", "ssl": "tls"}
_KNOWN = ("from", "name", "reply", "mode", "verify", "smtp", "user", "pass")
_NO = ("no", "false", "0", "off")


class AddressError(ValueError):
    """The URL cannot be used; the message says why and holds nothing of the URL that could be secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, and in whose name. `sender` is a bare address; `sender_name` may be empty."""

    host: str
    port: int
    security: Security
    verify: bool
    sender: str
    sender_name: str = ""
    reply_to: str = ""
    user: str = field(default="", repr=False)
    password: Secret = field(default=Secret("none", ""))


def schema(url: str) -> str:
    """The part before `://`, lower case; '' when there is none."""
    head, mark, _ = url.partition("://")
    return head.lower() if mark else ""


def placeholders(url: str) -> tuple[str, ...]:
    """The names in braces, in order, each once; also unknown ones."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(url)))


def fill(url: str, values: Mapping[str, str]) -> str:
    """The URL with each `{name}` replaced by its percent-encoded value: no value can change the URL's structure."""
    return _PLACEHOLDER.sub(lambda match: quote(values.get(match[1], ""), safe=""), url)


def is_mail_address(text: str) -> bool:
    """One bare address, short enough for RFC 5321 (254 octets), in which nothing can end a header or a command."""
    length = len(text) if text.isascii() else len(text.encode())
    local, _, domain = text.partition("@")
    plain = local.replace(".", "").isalnum() and domain.replace(".", "").isalnum()  # most, and much quicker to say
    return length <= 254 and (plain or _ADDRESS.fullmatch(text) is not None)


def is_loopback(host: str) -> bool:
    """True for this machine: `localhost`, 127.0.0.0/8, ::1."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def masked(url: str) -> str:
    """What may be shown of a URL: schema, server and placeholders. In many schemas even the host is a token
    (`slack://TOKEN/…`), so a host is shown only when it is one by its look."""
    parts = _split(url)
    if parts is None:
        return "***"
    host = parts.hostname or ""
    shown = host if is_loopback(host) or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) else "***"
    port = f":{parts.port}" if parts.port else ""
    names = "/".join(f"{{{name}}}" for name in placeholders(url) if name in PLACEHOLDERS)
    return f"{parts.scheme}://{shown}{port}" + (f"/{names}" if names else "")


def secrets(url: str) -> tuple[str, ...]:
    """Every piece of the URL that could be a secret, as written and decoded; for `words.clean`."""
    parts = _split(url)
    if parts is None:
        return (url,)
    pieces = [url, parts.username or "", parts.password or "", parts.netloc.rpartition("@")[0]]
    pieces += [piece for piece in parts.path.split("/") if len(piece) > 7]
    pieces += [value for key, value in parse_qsl(parts.query) if key not in ("from", "name", "mode", "verify")]
    if "***" in masked(url):
        pieces.append(parts.netloc.rpartition("@")[2])
    return tuple(dict.fromkeys(form for piece in pieces for form in (piece, unquote(piece)) if form))


def read_mail(url: str) -> MailServer:
    """The mail server of a `mailto://` or `mailtos://` URL. Raises AddressError.

    1. `mailtos://` is STARTTLS unless `mode=ssl`; `mailto://` is plain, and plain leaves this machine only when
       `mode=insecure` says so, and never with a password.
    2. The sender is `from`, else the user when it is an address, else user@host.
    3. Recipients in the URL (a path, `to`, `cc`, `bcc`) are refused: they come from the audience, one mail each.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("mailto", "mailtos"):
        raise AddressError("Expected mailto://host:port/?from=… or mailtos://user:password@host/?from=….")
    query = {key.lower(): value for key, value in parse_qsl(parts.query, keep_blank_values=True)}
    _refuse_extras(parts, query)
    host = query.get("smtp") or parts.hostname or ""
    if not host:
        raise AddressError("The mail server's name is missing: mailtos://user:password@HOST/?from=….")
    security = _security(parts.scheme, query.get("mode", ""), host)
    user = query.get("user") or unquote(parts.username or "")
    password = query.get("pass") or unquote(parts.password or "")
    if password and security == "plain" and not is_loopback(host):
        raise AddressError("A password would travel unencrypted; use mailtos:// (STARTTLS) or mailtos://…?mode=ssl.")
    return MailServer(
        host=host,
        port=parts.port or _PORTS[security],
        security=security,
        verify=query.get("verify", "yes").lower() not in _NO,
        sender=_sender(query.get("from", ""), user, host),
        sender_name=query.get("name", ""),
        reply_to=_reply_to(query.get("reply", "")),
        user=user if password else "",
        password=Secret("url", password),
    )


def _refuse_extras(parts: SplitResult, query: Mapping[str, str]) -> None:
    if parts.path.strip("/") or {"to", "cc", "bcc"} & query.keys():
        raise AddressError("Recipients come from the audience, one mail each; remove them from the URL.")
    for key in query:
        if key not in _KNOWN:
            raise AddressError(f"'{key}' is not known in a mail URL. {registry.nearest(key, _KNOWN)}")


def _security(scheme: str, mode: str, host: str) -> Security:
    if mode and mode.lower() not in _MODES:
        raise AddressError(f"'{mode}' is not a mode. {registry.nearest(mode, _MODES)}")
    if mode:
        return _MODES[mode.lower()]
    if scheme == "mailtos":
        return "starttls"
    if not is_loopback(host):
        raise AddressError(
            "mailto:// sends unencrypted, which is for this machine only; use mailtos:// "
            "(or add ?mode=insecure for a relay inside a network you trust)."
        )
    return "plain"


def _sender(given: str, user: str, host: str) -> str:
    sender = given or (user if "@" in user else f"{user}@{host}" if user else "")
    if not is_mail_address(sender):
        raise AddressError("The sender is missing or no address: add ?from=notice@example.com (and &name=… beside it).")
    return sender


def _reply_to(given: str) -> str:
    if given and not is_mail_address(given):
        raise AddressError("The reply address is no address: ?reply=help@example.com.")
    return given


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and "://" in url else None
