"""Kind `apprise`: any service that Apprise knows, with our own judgement of what became of each delivery.

Apprise is used as a builder of requests. Its throttle, retries, thread pool, splitting and its yes-or-no are
switched off or not believed; what the server said is read off the wire (`observe`), and judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

from incident.channel import address, reply, services, turns
from incident.channel.observe import Exchange, Kept, watching
from incident.channel.port import Deferred, Delivery, Finding, Outcome, Refused, Sent, Unknown
from incident.channel.spec import ChannelSpec, Defaults, Described, Fault
from incident.channel.words import clean
from incident.now import Clock
from incident.shape import Field, Integer

HELP = "Any service that Apprise knows: push, social networks, team robots, SMS gateways."
FIELDS: Mapping[str, Field] = {
    "workers": Field(shape=Integer(least=1, most=32), help="How many deliveries are under way at once.", default=4),
}

_SEPARATORS = re.compile(r"[\s,\x00-\x1f\x7f]")
_LANGUAGES = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW", "zh": "zh-CN"}
"""Mastodon knows written Chinese by region: mastodon/app/helpers/languages_helper.rb."""


def defaults(url: str) -> Defaults:
    known = services.service(address.schema(url))
    names = [name for name in address.placeholders(url) if name in address.PLACEHOLDERS]
    return Defaults(
        network=known.network,
        reach="each" if names else "once",
        address=names[0] if names else "",
        on_unknown="resend" if known.idempotent else "hold",
        rates=known.rates,
    )


def mistakes(spec: ChannelSpec) -> Iterator[Fault]:
    url = spec.url.reveal()
    schema = address.schema(url)
    names = address.placeholders(url)
    if not schema:
        yield Fault("url", "bad_url", "Expected an Apprise URL such as ntfy://host/{push}.")
    if schema in services.BLIND:
        yield Fault("url", "blind_service", f"{schema}:// cannot be used here: {services.BLIND[schema]}.")
    for name in names:
        if name not in address.PLACEHOLDERS:
            known = ", ".join(f"{{{known}}}" for known in address.PLACEHOLDERS)
            yield Fault("url", "unknown_placeholder", f"{{{name}}} is not known in a URL; known: {known}.")
    if len(set(names)) > 1:
        yield Fault("url", "two_placeholders", "A URL can name one address of a recipient, not several.")
    if spec.reach == "each" and not names:
        yield Fault("reach", "no_placeholder", "`reach: each` needs {push}, {email}, {phone} or {id} in the URL.")
    if re.search(r"[?&]overflow=(?!upstream)", url, re.IGNORECASE):
        yield Fault("url", "silent_cut", "overflow= would cut or split texts silently; remove it from the URL.")


def open_channel(spec: ChannelSpec, clock: Clock) -> Apprise:
    return Apprise(spec, clock)


class Apprise(Described):
    """A channel over one Apprise URL; a plug-in object is made per delivery, so threads share nothing."""

    def __init__(self, spec: ChannelSpec, clock: Clock) -> None:
        super().__init__(spec)
        self._spec = spec
        self._clock = clock
        self._url = spec.url.reveal()
        self._service = services.service(address.schema(self._url))
        self._secrets = address.secrets(self._url)
        self._kept = Kept(spec.timeout.total_seconds())

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        # A post for all is one request a locale; side by side they could arrive in any order.
        workers = self._spec.options["workers"] if self.reach == "each" else 1
        return turns.take(deliveries, stopped, self._send, workers)

    def check(self) -> list[Finding]:
        """Apprise can build a request but not try a login: what is found is whether it accepts the URL."""
        sample = dict.fromkeys(address.PLACEHOLDERS, "sample")
        plugin, why = self._plugin(address.fill(self._url, sample))
        if plugin is None:
            return [Finding(level="wrong", message=f"Apprise does not accept the URL of '{self.name}': {why}")]
        _release(plugin)
        return [
            Finding(
                level="ok",
                message=f"'{self.name}': the URL is well formed; whether the service lets us in is shown by: "
                f"incident channel test {self.name}",
            )
        ]

    def close(self) -> None:
        self._kept.close()

    def _send(self, delivery: Delivery) -> Outcome:
        outcome = self._refuse_early(delivery) or self._notify(delivery)
        return replace(outcome, words=clean(outcome.words, (*self._secrets, delivery.address)))

    def _refuse_early(self, delivery: Delivery) -> Outcome | None:
        """What Apprise would get wrong silently: an address that is empty or splits into two, a text that is
        cut or turned into an attachment."""
        if self.reach == "each" and (not delivery.address or _SEPARATORS.search(delivery.address)):
            return Refused("bad_address", "", "Empty, or with a separator in it.")
        title, body = self._texts(delivery.parts)
        if not body:
            return Refused("bad_content", "", "There is no text for this medium.")
        size = len(title.encode()) + len(body.encode())
        most = self._service.most_bytes
        if most and size > most:
            return Refused("too_large", "", f"{size} bytes; the service takes {most} as text.")
        return None

    def _notify(self, delivery: Delivery) -> Outcome:
        plugin, why = self._plugin(self._filled(delivery))
        if plugin is None:
            whose = "bad_address" if self.reach == "each" and not _lacks(address.schema(self._url)) else "misconfigured"
            return Refused(whose, "", why)
        self._adapt(plugin, delivery)
        title, body = self._texts(delivery.parts)
        try:
            if plugin.body_max_line_count and body.count("\n") >= plugin.body_max_line_count:
                return Refused("too_large", "", f"This service shows {plugin.body_max_line_count} lines.")
            with watching(self._headers(delivery), self._kept) as exchange:
                accepted = plugin.notify(body=body, title=title, body_format="text", overflow="upstream")
        finally:
            _release(plugin)
        return self._judge(exchange, accepted=bool(accepted))

    def _texts(self, parts: Mapping[str, str]) -> tuple[str, str]:
        """(title, body) of a message's parts, whatever its medium calls them. A link that the body lacks ends it,
        unless the service opens it when the message is touched."""
        title = parts.get("title") or parts.get("subject") or ""
        body = parts.get("body") or parts.get("text") or ""
        link = parts.get("link") or ""
        if body and link and link not in body and self.network != "ntfy":
            body = f"{body}\n{link}"
        return title, body

    def _judge(self, exchange: Exchange, *, accepted: bool) -> Outcome:
        """1. no reply: by how the connection failed; 2. a reply: by what it says, never by Apprise's word alone;
        3. neither, on a service without HTTP: Apprise's yes, or what it logged."""
        if exchange.failure:
            return self._unanswered(exchange)
        if exchange.replies:
            outcome = self._read(exchange.replies)
            if accepted or not isinstance(outcome, Sent):
                return outcome
            return Refused("rejected", outcome.code, outcome.words or exchange.warning)
        if accepted and not self._service.http:
            return Sent("", "")
        if not self._service.http:
            return _without_http(exchange.warning)
        return Refused("bad_address" if self.reach == "each" else "misconfigured", "", exchange.warning)

    def _read(self, replies: Sequence[reply.Reply]) -> Outcome:
        """The first reply that is no success, else the last: a plug-in may log in before it posts, and only the last
        one speaks of the message."""
        outcomes = [self._said(one, last=one is replies[-1]) for one in replies]
        return next((outcome for outcome in outcomes if not isinstance(outcome, Sent)), outcomes[-1])

    def _said(self, one: reply.Reply, *, last: bool) -> Outcome:
        return reply.judge(
            one,
            self._clock(),
            dialect=self._service.dialect if last else "",
            personal=self.reach == "each",
            idempotent=self._service.idempotent,
        )

    def _unanswered(self, exchange: Exchange) -> Outcome:
        if exchange.failure == "connect":
            return Deferred("unreachable", "", "No connection.")
        if exchange.failure == "tls":
            return Deferred("tls", "", "The server's certificate is not trusted.")
        if exchange.failure == "timeout":
            return Unknown("timeout", "", f"No answer within {self._spec.timeout.total_seconds():g} s.")
        if exchange.failure == "interrupted":
            return Deferred("interrupted", "", "The connection broke before the request was handed over.")
        return Unknown("no_reply", "", "The connection broke before an answer came.")

    def _filled(self, delivery: Delivery) -> str:
        url = address.fill(self._url, dict.fromkeys(address.PLACEHOLDERS, delivery.address))
        for key, value in (self._service.extra or {}).items():
            if not re.search(rf"[?&]{key}=", url):
                url += f"{'&' if '?' in url else '?'}{key}={value}"
        return url

    def _headers(self, delivery: Delivery) -> Mapping[str, str]:
        return {"Idempotency-Key": delivery.key} if self._service.idempotent else {}

    def _plugin(self, url: str) -> tuple[Any, str]:
        """The plug-in object, or None and why there is none."""
        import apprise

        lacks = _lacks(address.schema(self._url))
        if lacks:
            return None, f"Apprise needs {lacks} for it. Install it with: pip install '{lacks}'"
        with watching() as exchange:
            plugin = apprise.Apprise.instantiate(url, asset=_asset())
        if plugin is None:
            return None, clean(exchange.warning, self._secrets) or "Apprise does not know this URL."
        targets = getattr(plugin, "topics", getattr(plugin, "targets", None))
        if self.reach == "each" and targets is not None and len(targets) != 1:
            _release(plugin)
            return None, "Apprise does not accept this address."
        return plugin, ""

    def _adapt(self, plugin: Any, delivery: Delivery) -> None:
        """Our own throttle, timeouts and language; on this object, never on the class."""
        plugin.request_rate_per_sec = 0
        seconds = self._spec.timeout.total_seconds()
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, seconds)
        plugin.socket_read_timeout = seconds
        if self.network == "mastodon" and delivery.locale:
            plugin.language = plugin.language or language(delivery.locale)
        if self.network == "ntfy":
            plugin.click = plugin.click or delivery.parts.get("link") or None
            if delivery.priority == "urgent":
                plugin.priority = "high"
        if self.network == "mqtt":
            plugin.mqtt_block_time_sec = 0.005  # it polls for the confirmation; 0.2 s by default


@cache
def _lacks(schema: str) -> str:
    """The Python packages that Apprise wants for this service and does not find; '' when that is not what it lacks."""
    from apprise.apprise import N_MGR

    if schema not in N_MGR or N_MGR[schema].enabled:
        return ""
    wanted = N_MGR[schema].requirements.get("packages_required", ())
    return wanted if isinstance(wanted, str) else " ".join(wanted)


@cache
def _asset() -> Any:
    """Apprise's appearance and habits, made ours: its logo and name stay out of our customers' messages, nothing is
    stored on disk, and a redirect is not followed (see `reply.judge`)."""
    import apprise

    return apprise.AppriseAsset(
        app_id="incident",
        app_desc="incident",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )


def language(locale: str) -> str:
    """A locale as Mastodon's `language`: an ISO 639 code, for Chinese with the region that tells the script."""
    return _LANGUAGES.get(locale) or locale.split("-", maxsplit=1)[0]


def _without_http(warning: str) -> Outcome:
    """MQTT and its like leave one sentence in the log. Only `not delivered in time` can have reached the broker."""
    if "could not be delivered" in warning:
        return Unknown("timeout", "", "The broker did not confirm in time.")
    if re.search(r"connect|reconnect|sustained|socket error|rc=4", warning, re.IGNORECASE):
        return Deferred("unreachable", "", "No connection.")
    if re.search(r"ssl|certificate", warning, re.IGNORECASE):
        return Deferred("tls", "", "The server's certificate is not trusted.")
    return Unknown("unclear", "", warning)


def _release(plugin: Any) -> None:
    """MQTT's client runs a thread until it is told to stop."""
    client = getattr(plugin, "client", None)
    if client is not None and hasattr(client, "loop_stop"):
        with suppress(Exception):
            client.disconnect()
            client.loop_stop()
