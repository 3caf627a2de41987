"""Kind `mail`: one mail a person over a pool of SMTP sessions, with the server's word for each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from incident.channel import address
from incident.channel.limits import DOMAINS
from incident.channel.port import Delivery, Finding, Outcome
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.now import Clock
from incident.shape import Field, Integer

if TYPE_CHECKING:
    import ssl

    from incident.channel.smtp.pool import Pool
    from incident.channel.smtp.writing import Writer

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
        self._secrets = _secrets(self._server, spec.url.reveal())
        self._harmless: set[str] = set()

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        """As the port says. `deliveries` may also be produced while they are sent: each is asked for when it starts."""
        return self._pool.send(deliveries, self._writer.write, stopped)

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
    def _writer(self) -> Writer:
        from incident.channel.mime import Sender
        from incident.channel.smtp.writing import Writer

        server = self._server
        return Writer(Sender(address=server.sender, name=server.sender_name, reply_to=server.reply_to), self._clock)

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
