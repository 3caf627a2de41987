"""The section `channels` of incident.yaml: each entry read by the kind that it names, its defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

from incident import registry
from incident.channel.limits import RATES
from incident.channel.port import ADDRESSES, MEDIA, Channel
from incident.channel.spec import NO_URL, ChannelSpec, Defaults
from incident.now import Clock, system_clock
from incident.settings import SecretShape
from incident.shape import Choice, Duration, Field, ListOf, Locale, MapOf, Reader, Section, Slug, Text
from incident.yamlfile import Node

KINDS = "incident.channel.kinds"

COMMON: Mapping[str, Field] = {
    "kind": Field(shape=Choice(registry.names(KINDS)), help="How the message travels.", required=True),
    "url": Field(
        shape=SecretShape(plain=True, hint="an Apprise URL, or where it is kept: env:NAME or file:path"),
        help="Where it goes. {push}, {email}, {phone} and {id} stand for the recipient's.",
        default=NO_URL,
    ),
    "medium": Field(
        shape=Choice(MEDIA), help="Which part of a message it carries. Default: by kind, else the channel's name."
    ),
    "network": Field(shape=Text(), help="Whose lengths apply (mastodon, weibo …). Default: by the URL's schema."),
    "reach": Field(
        shape=Choice(("each", "once")),
        help="`each`: a message a recipient. `once`: a post a locale. Default: each when the URL has a placeholder.",
    ),
    "address": Field(
        shape=Choice(tuple(a for a in ADDRESSES if a)),
        help="Which column of the audience it needs. Default: the URL's placeholder, else by medium.",
    ),
    "locales": Field(
        shape=ListOf(item=Locale(), single=True), help="The locales it carries. Default: all.", default=()
    ),
    "account": Field(
        shape=Slug(),
        help="What the provider counts by: channels of one account share its limits and stop together. "
        "Default: the channel's name.",
    ),
    "rate": Field(
        shape=RATES,
        help="At most so many starts in so long; all of them hold. Default: by service.",
    ),
    "on_unknown": Field(
        shape=Choice(("resend", "hold")),
        help="When nobody knows whether it arrived. Default: resend where the service recognises a repetition.",
    ),
    "timeout": Field(shape=Duration(), help="How long one answer may take.", default=timedelta(seconds=20)),
}

_BY_MEDIUM = {"email": "email", "sms": "phone", "push": "push"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShape(Section):
    """One channel -> ChannelSpec: the common keys and those of its kind."""

    def read(self, node: Node, path: str, reader: Reader) -> ChannelSpec:
        name = path.rpartition(".")[2]
        kind = _kind_of(node)
        before = len(reader.mistakes)
        fields = {**COMMON, **(kind.FIELDS if kind else {})}
        values = Section(fields=fields, name=self.name).read(node, path, reader)
        if kind is None or len(reader.mistakes) > before:
            return ChannelSpec(name=name, kind=str(values["kind"]))
        return _settle(name, values, kind, path, reader)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [_kind_schema(kind) for kind in registry.names(KINDS)]}


def _kind_schema(kind: str) -> dict[str, Any]:
    own = {"kind": Field(shape=Choice((kind,)), help=COMMON["kind"].help, required=True)}
    return Section(fields={**COMMON, **registry.load(KINDS, kind).FIELDS, **own}).schema()


def _kind_of(node: Node) -> ModuleType | None:
    written = node.value.get("kind") if node.kind == "map" else None
    known = written is not None and written.value in registry.names(KINDS)
    return registry.load(KINDS, written.value) if known and written is not None else None


def _settle(name: str, values: Mapping[str, Any], kind: ModuleType, path: str, reader: Reader) -> ChannelSpec:
    """What was written, else what the kind says, else by medium; then what the kind finds wrong with it."""
    rest: Defaults = kind.defaults(values["url"].reveal())
    medium = values["medium"] or rest.medium or (name if name in MEDIA else "")
    if not medium:
        reader.wrong_at(path, "missing_field", f"'medium' is missing here: {COMMON['medium'].shape.words()}.")
    reach = values["reach"] or rest.reach
    spec = ChannelSpec(
        name=name,
        kind=values["kind"],
        medium=medium,
        url=values["url"],
        network=values["network"] or rest.network,
        reach=reach,
        address="" if reach == "once" else values["address"] or rest.address or _BY_MEDIUM.get(medium, "id"),
        locales=values["locales"],
        account=values["account"] or name,
        rates=rest.rates if values["rate"] is None else values["rate"],
        on_unknown=values["on_unknown"] or rest.on_unknown,
        timeout=values["timeout"],
        options={key: values[key] for key in kind.FIELDS},
    )
    for fault in kind.mistakes(spec):
        reader.wrong_at(f"{path}.{fault.key}" if fault.key else path, fault.code, fault.message)
    return spec


SECTION = Field(
    shape=MapOf(value=ChannelShape(fields=COMMON, name="a channel: {kind: mail, url: …}")),
    help="The ways out: by which kind, to where, how fast.",
    default={},
)


def open_channel(spec: ChannelSpec, clock: Clock = system_clock) -> Channel:
    """The channel of a specification. Connects only when something is sent or checked."""
    channel: Channel = registry.load(KINDS, spec.kind).open_channel(spec, clock)
    return channel
