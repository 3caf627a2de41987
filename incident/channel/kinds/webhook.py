"""Kind `webhook`: HTTP requests in the shape that the other side wants, a delivery each or many in one.

For what Apprise has no plug-in for: Weibo, JPush, vendors' push gateways, a company's own message bus.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from incident.channel import address, batch, document, reply, robots, turns
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Refused, Sent
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.channel.writing import Writer
from incident.now import Clock
from incident.settings import SecretShape
from incident.shape import Anything, Boolean, Choice, Field, Integer, MapOf, Text

if TYPE_CHECKING:
    import ssl

    from incident.channel.wire import Answer, Connection

HELP = "HTTP POSTs, one a delivery or one for many, for services and gateways without an Apprise URL."
FIELDS: Mapping[str, Field] = {
    "body": Field(
        shape=Anything(),
        help="What is posted; {address}, {key}, {locale} and the names of parts ({title}, {body} …) are filled in. "
        "Default: everything, as `incident.delivery/v1`.",
    ),
    "form": Field(shape=Boolean(), help="Post `body` as a form instead of JSON.", default=False),
    "insecure": Field(
        shape=Boolean(), help="Allow http:// to another machine: a network that nobody else reads.", default=False
    ),
    "headers": Field(
        shape=MapOf(value=SecretShape(plain=True), key=Text(pattern="[A-Za-z0-9-]+", hint="a header's name")),
        help="Headers to add, for instance Authorization.",
        default={},
    ),
    "secret": Field(shape=SecretShape(), help="Signs the body: X-Incident-Signature: sha256=HMAC, in hexadecimal."),
    "replies": Field(
        shape=Choice(("http", *robots.NAMES)),
        help="How the service reports errors: by HTTP status, or in a body behind 200 like this robot.",
        default="http",
    ),
    "batch": Field(
        shape=Integer(least=1, most=batch.MOST),
        help="How many messages one POST carries at most, as `incident.batch/v1`; the answer tells of each.",
        default=1,
    ),
    "connections": Field(
        shape=Integer(least=1, most=64), help="How many connections are kept, and POSTs under way at once.", default=4
    ),
}

_TOO_LARGE = 413


def defaults(url: str) -> Defaults:
    names = [name for name in address.placeholders(url) if name in address.PLACEHOLDERS]
    return Defaults(reach="each", address=names[0] if names else "", on_unknown="hold")


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    yield from _mistakes_of_url(spec)
    options = spec.options
    if options["form"] and not isinstance(options["body"], dict):
        yield Fault("form", "no_body", "A form needs `body`: a mapping of its fields.")
    for name, secret in options["headers"].items():
        if not secret.reveal().isprintable() or not secret.reveal().isascii():
            yield Fault(f"headers.{name}", "bad_header", "A header is one line of plain ASCII characters.")
    if options["batch"] > 1:
        for wrong, key in ((options["form"], "form"), (options["replies"] != "http", "replies")):
            if wrong:
                yield Fault(key, "no_batch", f"`{key}` is for one message a POST; remove it, or `batch`.")
        if address.placeholders(spec.url.reveal()):
            yield Fault("url", "no_batch", "A URL with a recipient in it is for one message a POST.")


def _mistakes_of_url(spec: ChannelSpec) -> Iterator[Fault]:
    url, insecure = spec.url.reveal(), spec.options.get("insecure")
    if address.schema(url) not in ("http", "https") or not _split(url).hostname:
        yield Fault("url", "bad_url", "Expected an address such as https://gateway.example.com/send.")
    elif not url.isascii() or not url.isprintable() or " " in url:
        yield Fault("url", "bad_url", "Write other characters than ASCII, and blanks, percent-encoded.")
    elif address.schema(url) == "http" and not address.is_loopback(_split(url).hostname or "") and not insecure:
        yield Fault(
            "url",
            "unencrypted",
            "http:// shows tokens and addresses to everybody on the way; use https, or say insecure: true.",
        )
    for name in address.placeholders(url):
        if name not in address.PLACEHOLDERS:
            yield Fault("url", "unknown_placeholder", f"{{{name}}} is not known in a URL.")


def open_channel(spec: ChannelSpec, clock: Clock) -> Webhook:
    return Webhook(spec, clock)


class Webhook(Described):
    """A channel over one HTTP server; its connections are kept open between deliveries."""

    def __init__(self, spec: ChannelSpec, clock: Clock) -> None:
        super().__init__(spec)
        self._spec = spec
        self._clock = clock
        self._url = spec.url.reveal()
        self._options = spec.options
        self._batched = self._options["batch"] > 1
        revealed = [secret.reveal() for secret in self._options["headers"].values()]
        self._secrets = (*address.secrets(self._url), *revealed)
        self._idle: deque[Connection] = deque()
        self._writer = Writer(spec.options["body"], form=spec.options["form"])
        self._refused_size = 0

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        # A post for all is one request a locale; side by side they could arrive in any order.
        workers = self._options["connections"] if self.reach == "each" else 1
        return turns.take_batches(deliveries, stopped, self._send, self._options["batch"], workers)

    def check(self) -> list[Finding]:
        """Connects (and so checks the certificate); HTTP has no way to try a login without a request."""
        with self._borrowed() as connection:
            failed = connection.open()
        self.close()
        if failed is not None:
            return [Finding(level="wrong", message=f"'{self.name}': {failed.words}")]
        return [Finding(level="ok", message=f"'{self.name}': connected.")]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _send(self, turn: Sequence[Delivery]) -> Iterator[tuple[int, Outcome]]:
        """One POST, or several when the server finds it too large; what cannot be written costs nobody else."""
        written: list[tuple[Delivery, bytes]] = []
        for delivery in turn:
            made = self._compose(delivery)
            if isinstance(made, bytes):
                written.append((delivery, made))
            else:
                yield delivery.no, made
        hide = (*self._secrets, *(delivery.address for delivery in turn))  # an error may quote anybody of the batch
        for delivery, outcome in self._post_all(written):
            mine = (*self._secrets, delivery.address)
            yield delivery.no, _cleaned(outcome, mine if isinstance(outcome, Sent) else hide)

    def _compose(self, delivery: Delivery) -> bytes | Refused:
        if self.reach == "each" and not delivery.address:
            return Refused("bad_address", "", "There is no address.")
        return self._writer.write(delivery)

    def _post_all(self, written: list[tuple[Delivery, bytes]]) -> Iterator[tuple[Delivery, Outcome]]:
        """Halves what is too large. Whatever else asks a whole POST to come back holds for what is left of the turn,
        which is not tried."""
        left = deque([written] if written else [])
        closed: Deferred | None = None
        while left:
            part = left.popleft()
            answer = closed or self._answer(part)
            if answer is None:
                half = len(part) // 2
                left.extendleft((part[half:], part[:half]))
                continue
            outcomes = self._judge(answer, [delivery for delivery, _ in part])
            first = outcomes[0]
            if closed is None and isinstance(first, Deferred) and all(outcome is first for outcome in outcomes):
                closed = turns.untried(first)
            for (delivery, _), outcome in zip(part, outcomes, strict=True):
                yield delivery, outcome

    def _answer(self, part: Sequence[tuple[Delivery, bytes]]) -> Answer | None:
        """What is said to one POST; None when it was, or by what was said before would be, too large for the server and
        can be halved."""
        size = sum(len(body) for _, body in part)
        if len(part) > 1 and 0 < self._refused_size <= size:
            return None
        answer = self._post(part)
        if len(part) > 1 and isinstance(answer, reply.Reply) and answer.status == _TOO_LARGE:
            self._refused_size = min(self._refused_size or size, size)
            return None
        return answer

    def _judge(self, answer: Answer, deliveries: Sequence[Delivery]) -> list[Outcome]:
        if not isinstance(answer, reply.Reply):
            return [answer] * len(deliveries)
        if self._batched:
            return batch.judge(answer, [delivery.key for delivery in deliveries], self._clock())
        dialect = "" if self._options["replies"] == "http" else self._options["replies"]
        personal = bool(address.placeholders(self._url))
        return [reply.judge(answer, self._clock(), dialect=dialect, personal=personal)]

    def _post(self, part: Sequence[tuple[Delivery, bytes]]) -> Answer:
        from incident.channel import wire

        bodies = [body for _, body in part]
        keys = [delivery.key for delivery, _ in part]
        body = batch.join(bodies, bare=self._options["body"] is not None) if self._batched else bodies[0]
        request = wire.Request(
            target=self._target(part[0][0].address),
            headers=self._headers(batch.identity(keys), body),
            body=body,
            longest_reply=batch.longest_reply(len(part), wire.LONGEST_REPLY),
        )
        with self._borrowed() as connection:
            return connection.post(request)

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        """A connection that nobody else uses meanwhile."""
        from incident.channel.wire import Connection

        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Connection(_split(self._url), self._spec.timeout.total_seconds(), lambda: self._trust)
        try:
            yield connection
        finally:
            self._idle.append(connection)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        import ssl

        return ssl.create_default_context()

    def _target(self, written_to: str) -> str:
        parts = _split(address.fill(self._url, dict.fromkeys(address.PLACEHOLDERS, written_to)))
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _headers(self, identity: str, body: bytes) -> Mapping[str, str]:
        secret = self._options["secret"]
        return {
            "Content-Type": "application/x-www-form-urlencoded" if self._options["form"] else "application/json",
            "Idempotency-Key": identity,
            "User-Agent": "incident",
            **{name: value.reveal() for name, value in self._options["headers"].items()},
            **({} if secret is None else {"X-Incident-Signature": document.signature(secret.reveal(), body)}),
        }


def _cleaned(outcome: Outcome, hide: Sequence[str]) -> Outcome:
    words = clean(outcome.words, hide)
    return outcome if words == outcome.words else replace(outcome, words=words)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
