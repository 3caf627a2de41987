"""Kind `webhook`: one HTTP request a delivery, in the shape that the other side wants.

For what Apprise has no plug-in for: Weibo, JPush, vendors' push gateways, a company's own message bus.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlencode, urlsplit

from incident.channel import address, reply, robots, turns
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Refused, Unknown
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.now import Clock
from incident.settings import Secret, SecretShape
from incident.shape import Anything, Boolean, Choice, Field, MapOf, Text

if TYPE_CHECKING:
    import http.client
    import ssl

HELP = "One HTTP POST a delivery, for services and gateways without an Apprise URL."
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
        shape=Choice(("http", *robots.DIALECTS)),
        help="How the service reports errors: by HTTP status, or in a body behind 200 like this robot.",
        default="http",
    ),
}

SCHEMA = "incident.delivery/v1"
_NAME = re.compile(r"\{([a-z_]+)\}")
_LONGEST_REPLY = 64 * 1024


def defaults(url: str) -> Defaults:
    names = [name for name in address.placeholders(url) if name in address.PLACEHOLDERS]
    return Defaults(reach="each", address=names[0] if names else "", on_unknown="hold")


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    url, insecure = spec.url.reveal(), spec.options.get("insecure")
    if address.schema(url) not in ("http", "https") or not _split(url).hostname:
        yield Fault("url", "bad_url", "Expected an address such as https://gateway.example.com/send.")
    elif address.schema(url) == "http" and not address.is_loopback(_split(url).hostname or "") and not insecure:
        yield Fault(
            "url",
            "unencrypted",
            "http:// shows tokens and addresses to everybody on the way; use https, or say insecure: true.",
        )
    for name in address.placeholders(url):
        if name not in address.PLACEHOLDERS:
            yield Fault("url", "unknown_placeholder", f"{{{name}}} is not known in a URL.")
    if spec.options["form"] and not isinstance(spec.options["body"], dict):
        yield Fault("form", "no_body", "A form needs `body`: a mapping of its fields.")


def open_channel(spec: ChannelSpec, clock: Clock) -> Webhook:
    return Webhook(spec, clock)


class Webhook(Described):
    """A channel over one HTTP server; the connection is kept open between deliveries."""

    def __init__(self, spec: ChannelSpec, clock: Clock) -> None:
        super().__init__(spec)
        self._spec = spec
        self._clock = clock
        self._url = spec.url.reveal()
        revealed = [secret.reveal() for secret in spec.options["headers"].values()]
        self._secrets = (*address.secrets(self._url), *revealed)
        self._connection: http.client.HTTPConnection | None = None

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        return turns.take(deliveries, stopped, self._send)

    def check(self) -> list[Finding]:
        """Connects (and so checks the certificate); HTTP has no way to try a login without a request."""
        failed = self._open()
        self.close()
        if failed is not None:
            return [Finding(level="wrong", message=f"'{self.name}': {failed.words}")]
        return [Finding(level="ok", message=f"'{self.name}': connected.")]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, delivery: Delivery) -> Outcome:
        if self.reach == "each" and not delivery.address:
            return Refused("bad_address", "", "There is no address.")
        outcome = self._post(delivery)
        return replace(outcome, words=clean(outcome.words, (*self._secrets, delivery.address)))

    def _post(self, delivery: Delivery) -> Outcome:
        """A kept connection that the server has closed meanwhile is opened again, once, when the request did not
        leave; after it left, only the server knows."""
        import http.client

        target, body, headers = self._request(delivery)
        for fresh in (self._connection is None, True):
            failed = self._open()
            if failed is not None or self._connection is None:
                return failed or Deferred("unreachable", "", "No connection.")
            try:
                self._connection.request("POST", target, body, headers)
                break
            except (http.client.HTTPException, OSError):
                self.close()
                if fresh:
                    return Deferred("interrupted", "", "The connection broke before the request was handed over.")
        return self._answer()

    def _answer(self) -> Outcome:
        import http.client

        connection = self._connection
        assert connection is not None
        try:
            response = connection.getresponse()
            body = response.read(_LONGEST_REPLY)
        except TimeoutError:
            self.close()
            return Unknown("timeout", "", f"No answer within {self._spec.timeout.total_seconds():g} s.")
        except (http.client.HTTPException, OSError):
            self.close()
            return Unknown("no_reply", "", "The connection broke before an answer came.")
        if not response.isclosed():
            self.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        dialect = "" if self._spec.options["replies"] == "http" else self._spec.options["replies"]
        return reply.judge(
            reply.Reply(status=response.status, headers=headers, body=body),
            self._clock(),
            dialect=dialect,
            personal=bool(address.placeholders(self._url)),
        )

    def _open(self) -> Deferred | None:
        import http.client
        import ssl

        if self._connection is not None:
            return None
        parts, seconds = _split(self._url), self._spec.timeout.total_seconds()
        host = parts.hostname or ""
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=self._trust)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, parts.port, timeout=seconds)
        )
        try:
            connection.connect()
        except ssl.SSLError:
            return Deferred("tls", "", "The server's certificate is not trusted.")
        except OSError as error:
            return Deferred("unreachable", "", f"No connection ({type(error).__name__}).")
        self._connection = connection
        return None

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        import ssl

        return ssl.create_default_context()

    def _request(self, delivery: Delivery) -> tuple[str, bytes, dict[str, str]]:
        filled = _split(address.fill(self._url, dict.fromkeys(address.PLACEHOLDERS, delivery.address)))
        target = (filled.path or "/") + (f"?{filled.query}" if filled.query else "")
        options = self._spec.options
        if options["form"]:
            body = urlencode(_filled(options["body"], delivery)).encode()
        else:
            document = whole(delivery) if options["body"] is None else _filled(options["body"], delivery)
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if options["form"] else "application/json",
            "Idempotency-Key": delivery.key,
            "User-Agent": "incident",
            **{name: secret.reveal() for name, secret in options["headers"].items()},
            **_signature(options["secret"], body),
        }
        return target, body, headers


def whole(delivery: Delivery) -> dict[str, Any]:
    """Everything a receiver could want of a delivery, as plain data."""
    return {
        "schema": SCHEMA,
        "key": delivery.key,
        "recipient": delivery.recipient,
        "address": delivery.address,
        "locale": delivery.locale,
        "medium": delivery.medium,
        "thread": delivery.thread,
        "priority": delivery.priority,
        "parts": dict(delivery.parts),
    }


def _filled(value: Any, delivery: Delivery) -> Any:
    """`value` with each `{name}` inside its texts replaced by data; the structure cannot change. Unknown names stay."""
    if isinstance(value, dict):
        return {key: _filled(child, delivery) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, delivery) for child in value]
    if not isinstance(value, str):
        return value
    names = {"address": delivery.address, "key": delivery.key, "locale": delivery.locale, **delivery.parts}
    return _NAME.sub(lambda match: names.get(match[1], match[0]), value)


def _signature(secret: Secret | None, body: bytes) -> dict[str, str]:
    if secret is None:
        return {}
    digest = hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()
    return {"X-Incident-Signature": f"sha256={digest}"}


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
