"""How a session is opened: greeting, EHLO, encryption, login. A conversation without a socket.

`opening` is a generator: it yields what to say (or `UPGRADE`: encrypt now), is sent the reply, and returns what the
server offers. It raises `NotOpened` with what holds for every mail that would have gone this way.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from incident.channel.address import MailServer
from incident.channel.port import Deferred
from incident.channel.smtp.replies import Reply
from incident.channel.smtp.verdict import split

UPGRADE: Final = "upgrade"
Step: TypeAlias = bytes | Literal["upgrade"]


class NotOpened(Exception):
    """There is no session; `why` is nobody's fault among the recipients, so it is Deferred."""

    def __init__(self, why: Deferred) -> None:
        super().__init__(why.reason)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The extensions of a server that we use. `size` is the longest mail it takes; 0 when it does not say."""

    pipelining: bool = False
    chunking: bool = False
    sizes: bool = False
    size: int = 0
    eight_bit: bool = False
    utf8: bool = False
    starttls: bool = False
    logins: tuple[str, ...] = ()


def opening(server: MailServer, hello: Callable[[], str]) -> Generator[Step, Reply, Offer]:
    """The whole of it, in order:

    1. a greeting of 220; 2. EHLO, or HELO for a server that does not know it; 3. with `starttls`, encryption or
    nothing, and EHLO again, since what was offered in the clear proves nothing (RFC 3207, 4.2); 4. the login.
    """
    _expect(220, (yield b""), "unreachable")
    offer = yield from _hello(hello())
    if server.security == "starttls":
        if not offer.starttls:
            raise NotOpened(Deferred("tls", "", "The server offers no STARTTLS; nothing was sent unencrypted."))
        _expect(220, (yield b"STARTTLS\r\n"), "tls")
        yield UPGRADE
        offer = yield from _hello(hello())
    if server.user:
        yield from _log_in(server, offer)
    return offer


def _hello(hello: str) -> Generator[Step, Reply, Offer]:
    reply = yield f"EHLO {hello}\r\n".encode()
    if reply.code == 250:
        return read_offer(reply.text)
    _expect(250, (yield f"HELO {hello}\r\n".encode()), "unreachable")
    return Offer()


def read_offer(text: bytes) -> Offer:
    """The keywords of an EHLO reply; its first line is the server's name."""
    offered: dict[str, list[str]] = {}
    for line in text.decode("ascii", "replace").split("\n")[1:]:
        keyword, *values = line.replace("=", " ").upper().split() or [""]  # `AUTH=PLAIN` is how old servers wrote it
        offered.setdefault(keyword, []).extend(values)
    return Offer(
        pipelining="PIPELINING" in offered,
        chunking="CHUNKING" in offered,
        sizes="SIZE" in offered,
        size=_number(offered),
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        starttls="STARTTLS" in offered,
        logins=tuple(offered.get("AUTH", ())),
    )


def _number(offered: Mapping[str, list[str]]) -> int:
    written = (offered.get("SIZE") or ["0"])[0]
    return int(written) if written.isascii() and written.isdigit() else 0


def _log_in(server: MailServer, offer: Offer) -> Generator[Step, Reply, None]:
    """PLAIN (RFC 4616), else LOGIN. 503 says that we are logged in already."""
    user, password = server.user.encode(), server.password.reveal().encode()
    if "PLAIN" in offer.logins:
        reply = yield b"AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + password) + b"\r\n"
    elif "LOGIN" in offer.logins:
        reply = yield b"AUTH LOGIN\r\n"
        for piece in (user, password):
            _expect(334, reply, "not_authorised")
            reply = yield b64encode(piece) + b"\r\n"
    else:
        raise NotOpened(Deferred("not_authorised", "", "The server offers no login by PLAIN or LOGIN."))
    if reply.code != 503:
        _expect(235, reply, "not_authorised")


def _expect(code: int, reply: Reply, reason: str) -> None:
    if reply.code != code:
        enhanced, words = split(reply.text.decode("utf-8", "replace"))
        said = f"{reply.code} {enhanced}".strip() if reply.code > 0 else ""
        raise NotOpened(Deferred(reason, said, words if said else "The answer is not SMTP."))
