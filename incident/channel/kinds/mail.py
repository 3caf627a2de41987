"""Kind `mail`: one mail a person over a pool of SMTP sessions, with the server's word for each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

from incident.channel import address, mime
from incident.channel.limits import DOMAINS
from incident.channel.port import Delivery, Finding, Outcome, Refused
from incident.channel.smtp.letter import Letter
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.now import Clock
from incident.shape import Field, Integer

if TYPE_CHECKING:
    import ssl

    from incident.channel.patch import Compiled
    from incident.channel.smtp.pool import Pool
    from incident.channel.stencil import Stencil

_STENCILS = 64  # compiled texts that are kept
_MOMENT = 0.05  # seconds
_HARMLESS = 1_000  # words of servers that are known to need no cleaning

HELP = "Mail by SMTP: mailtos://user:password@host/?from=notice@example.com&name=Wallet"
FIELDS: Mapping[str, Field] = {
    "connections": Field(
        shape=Integer(least=1, most=100),
        help="How many sessions with the mail server at most. More than 16 make it slower, not faster.",
        default=8,
    ),
    "window": Field(
        shape=Integer(least=1, most=128),
        help="How many mails may be on their way in one session, where the server streams (CHUNKING).",
        default=12,
    ),
    "domains": DOMAINS,
}


def defaults(url: str) -> Defaults:
    """A repeated mail carries the same Message-ID, and mail stores show it once: `resend`."""
    return Defaults(medium="email", network="email", reach="each", address="email", on_unknown="resend")


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    try:
        address.read_mail(spec.url.reveal())
    except address.AddressError as error:
        yield Fault("url", "bad_url", str(error))
    if spec.reach != "each":
        yield Fault("reach", "bad_reach", "Mail goes to each person; `reach: once` has no meaning here.")


def open_channel(spec: ChannelSpec, clock: Clock) -> Mail:
    return Mail(spec, clock)


class Mail(Described):
    """A channel over one SMTP server; the session is kept between calls of `send` until `close`."""

    def __init__(self, spec: ChannelSpec, clock: Clock) -> None:
        super().__init__(spec)
        self._spec = spec
        self._clock = clock
        self._server = address.read_mail(spec.url.reveal())
        self._sender = mime.Sender(
            address=self._server.sender, name=self._server.sender_name, reply_to=self._server.reply_to
        )
        self._secrets = _secrets(self._server, spec.url.reveal())
        self._harmless: set[str] = set()
        self._asked, self._now = monotonic(), clock()
        self._compiled: dict[tuple[Stencil, str, str, str], Compiled] = {}

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        """As the port says. `deliveries` may also be produced while they are sent: each is asked for when it starts."""
        return self._pool.send(deliveries, self._compose, stopped)

    def check(self) -> list[Finding]:
        """Connects, encrypts, logs in, and hangs up."""
        closed = self._pool.open()
        self.close()
        if closed is not None:
            said = clean(f"{closed.code} {closed.words}", self._secrets)
            return [Finding(level="wrong", message=f"'{self.name}': the mail server cannot be used: {said}")]
        login = "connected and logged in" if self._server.user else "connected"
        found = [Finding(level="ok", message=f"'{self.name}': {login} ({self._server.security}).")]
        if not self._server.verify:
            found.append(
                Finding(level="warning", message=f"'{self.name}': verify=no trusts any certificate; remove it.")
            )
        return found

    def close(self) -> None:
        if "_pool" in self.__dict__:
            self._pool.close()

    def _compose(self, delivery: Delivery) -> Letter | Outcome:
        """The letter, or why there cannot be one. A defect of ours costs this one mail, and tells only its class."""
        if not address.is_mail_address(delivery.address):
            return Refused("bad_address", "", "This is no mail address.")
        try:
            recipient = mime.wire_address(delivery.address)
        except UnicodeError:
            return Refused("bad_address", "", "The domain of this address cannot exist.")
        # An acknowledgement has no return path, so that nothing ever answers an answer (RFC 3834, 3.3).
        envelope = "" if delivery.automatic == "auto-replied" else self._server.sender
        stencil = delivery.stencil
        try:
            if stencil is None:
                mail = self._built(delivery)
            else:
                compiled = self._compile(stencil, delivery)
                mail = b"" if compiled.empty else compiled.patch(delivery, recipient, self._today())
        except Exception as error:
            return Refused("bad_content", "", f"{type(error).__name__} while the mail was built.")
        if not mail:
            return Refused("bad_content", "", "There is no text for this medium.")
        return Letter(no=delivery.no, sender=envelope, recipient=recipient, content=mail, dotted=stencil is None)

    def _built(self, delivery: Delivery) -> bytes:
        """The mail's bytes without a stencil; empty without a text."""
        has_text = delivery.parts.get("text") or delivery.parts.get("html")
        return mime.build(delivery, self._sender, self._clock()) if has_text else b""

    def _today(self) -> datetime:
        """The present for a mail's Date, which counts in seconds: the same instant for the mails of a few moments."""
        if monotonic() - self._asked >= _MOMENT:
            self._asked, self._now = monotonic(), self._clock()
        return self._now

    def _compile(self, stencil: Stencil, delivery: Delivery) -> Compiled:
        """Once for a text, thread and purpose; some broadcasts in some languages may go out side by side."""
        key = (stencil, delivery.locale, delivery.thread, delivery.automatic)
        compiled = self._compiled.get(key)
        if compiled is None:
            from incident.channel.patch import Compiled

            if len(self._compiled) >= _STENCILS:
                self._compiled.clear()
            compiled = self._compiled[key] = Compiled(stencil, delivery, self._sender)
        return compiled

    def _cleaned(self, outcome: Outcome, written_to: str) -> Outcome:
        """The outcome without our secrets and without whom we wrote to, which servers quote."""
        words = outcome.words
        if words in self._harmless:
            return outcome
        cleaned = clean(words, (*self._secrets, written_to))
        if cleaned != words:
            return replace(outcome, words=cleaned)
        if "@" not in words and len(self._harmless) < _HARMLESS:  # no address can stand in it
            self._harmless.add(words)
        return outcome

    @cached_property
    def _pool(self) -> Pool:
        from incident.channel.smtp.pool import Pool

        return Pool(
            self._server,
            lambda: self._trust,
            self._cleaned,
            connections=self._spec.options.get("connections", 8),
            window=self._spec.options.get("window", 12),
            timeout=self._spec.timeout.total_seconds(),
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made once a channel: loading the system's certificates takes 28 ms."""
        import ssl

        context = ssl.create_default_context()
        if not self._server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _secrets(server: address.MailServer, url: str) -> tuple[str, ...]:
    """What a server could quote back, also as the login carries it."""
    user, password = server.user, server.password.reveal()
    login = [text for text in (user, password, f"\0{user}\0{password}") if user and password]
    return (user, password, url, *(b64encode(text.encode()).decode() for text in login))
