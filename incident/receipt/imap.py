"""Reports in a mailbox on an IMAP server (RFC 3501): what is not seen yet, marked as seen once it is durable."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from incident.channel.address import is_loopback
from incident.errors import BadValue, SourceFailed
from incident.receipt import mail
from incident.receipt.record import Piece

_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where and as whom. Without `tls` it is for this machine only."""

    host: str
    port: int
    tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)
    folder: str


def read_url(url: str) -> Mailbox:
    """`imaps://user:password@host:port/folder`; `imap://` is unencrypted and for loopback only. Raises BadValue, whose
    sentence holds nothing of the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadValue("receipts.imap is no URL. Write imaps://user:password@host/INBOX.") from None
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise BadValue("receipts.imap must be imaps://user:password@host/INBOX; @ in a user's name is written %40.")
    if parts.scheme == "imap" and not is_loopback(parts.hostname):
        raise BadValue("receipts.imap: the password would travel unencrypted; use imaps://.")
    return Mailbox(
        host=parts.hostname,
        port=port or (993 if parts.scheme == "imaps" else 143),
        tls=parts.scheme == "imaps",
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
    )


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[Iterator[Piece]]:
    """The mails that nobody has read, each marked as seen when it is put away; the connection is open until the end of
    the block. Raises SourceFailed."""
    with _translated(mailbox):
        server = _connect(mailbox)
    try:
        with _translated(mailbox):
            _select(server, mailbox)
        yield _unseen(mailbox, server)
    finally:
        server.shutdown()


def _unseen(mailbox: Mailbox, server: imaplib.IMAP4) -> Iterator[Piece]:
    with _translated(mailbox):
        numbers = _numbers(server)
    for number in numbers:
        with _translated(mailbox):
            raw = _fetch(server, number)
        if raw is not None:
            yield Piece(said=mail.parse(raw), put_away=partial(_mark, mailbox, server, number))


def _connect(mailbox: Mailbox) -> imaplib.IMAP4:
    if mailbox.tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=context, timeout=_SECONDS)
    return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=_SECONDS)


def _select(server: imaplib.IMAP4, mailbox: Mailbox) -> None:
    server.login(mailbox.user, mailbox.password)
    folder = mailbox.folder.replace("\\", "\\\\").replace('"', '\\"')
    _ok(server.select(f'"{folder}"'))


def _numbers(server: imaplib.IMAP4) -> list[str]:
    """The unique numbers of what is unseen: they stay what they are while others delete."""
    told = _ok(server.uid("SEARCH", "UNSEEN"))
    return told[0].decode("ascii", "replace").split() if told and isinstance(told[0], bytes) else []


def _fetch(server: imaplib.IMAP4, number: str) -> bytes | None:
    """The beginning of a mail, without marking it; None when it has just gone."""
    told = _ok(server.uid("FETCH", number, f"(BODY.PEEK[]<0.{mail.LONGEST}>)"))
    return next((part[1] for part in told if isinstance(part, tuple)), None)


def _mark(mailbox: Mailbox, server: imaplib.IMAP4, number: str) -> None:
    with _translated(mailbox):
        _ok(server.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    status, told = answer
    if status != "OK":
        raise imaplib.IMAP4.error("refused")
    return told


@contextmanager
def _translated(mailbox: Mailbox) -> Iterator[None]:
    """What the server or the network does wrong, as a sentence; a server's own words may hold the password."""
    try:
        yield
    except OSError as error:
        raise SourceFailed(f"The mail server {mailbox.host} cannot be reached: {error}.") from error
    except imaplib.IMAP4.abort as error:
        raise SourceFailed(
            f"The mail server {mailbox.host} broke off. What was recorded is safe; try again."
        ) from error
    except imaplib.IMAP4.error as error:
        raise SourceFailed(
            f"The mail server {mailbox.host} refused: look at user, password and folder in receipts.imap."
        ) from error
