"""Kind `mail`: one mail a person over one SMTP session, with the server's word for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from incident.channel import address, mime, turns
from incident.channel.pace import Pace
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Refused
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.now import Clock
from incident.shape import Field

if TYPE_CHECKING:
    import ssl

    from incident.channel.smtp import Session

HELP = "Mail by SMTP: mailtos://user:password@host/?from=notice@example.com&name=Wallet"
FIELDS: Mapping[str, Field] = {}


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
        self._secrets = (self._server.user, self._server.password.reveal(), spec.url.reveal())
        self._pace = Pace(spec.rates)

    def send(self, deliveries: Sequence[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        return turns.take(deliveries, stopped, self._pace, self._send)

    def check(self) -> list[Finding]:
        """Connects, encrypts, logs in, and hangs up."""
        closed = self._session.open()
        self.close()
        if isinstance(closed, Deferred):
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
        if "_session" in self.__dict__:
            self._session.close()

    def _send(self, delivery: Delivery) -> Outcome:
        if not address.is_mail_address(delivery.address):
            return Refused("bad_address", "", "This is no mail address.")
        if not delivery.parts.get("text") and not delivery.parts.get("html"):
            return Refused("bad_content", "", "There is no text for this medium.")
        # An acknowledgement has no return path, so that nothing ever answers an answer (RFC 3834, 3.3).
        envelope = "" if delivery.automatic == "auto-replied" else self._server.sender
        try:
            recipient = mime.wire_address(delivery.address)
        except UnicodeError:
            return Refused("bad_address", "", "The domain of this address cannot exist.")
        mail = mime.build(delivery, self._sender, self._clock())
        outcome = self._session.hand_over(envelope, recipient, mail)
        return replace(outcome, words=clean(outcome.words, (*self._secrets, delivery.address)))

    @cached_property
    def _session(self) -> Session:
        from incident.channel.smtp import Session

        return Session(self._server, self._spec.timeout.total_seconds(), lambda: self._trust)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made once a channel: loading the system's certificates takes 28 ms."""
        import ssl

        context = ssl.create_default_context()
        if not self._server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
