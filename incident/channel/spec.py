"""A channel as it stands in incident.yaml, with everything that was not written filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from incident.settings import Secret

NO_URL = Secret("none", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `most` starts in any stretch of `per`."""

    per: timedelta
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLimit:
    """What one destination domain is spared: mails under way at once, and starts. Without either it is free."""

    concurrency: int | None = None
    rate: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What a kind says for what its owner did not write. An empty `medium` means: it must be written."""

    medium: str = ""
    network: str = ""
    reach: Literal["each", "once"] = "each"
    address: str = ""
    on_unknown: Literal["resend", "hold"] = "hold"
    rates: tuple[Rate, ...] = ()


class Fault(NamedTuple):
    """A mistake at one key of a channel ('' is the channel as a whole)."""

    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """One entry under `channels:`. `options` holds the kind's own keys. Secrets in it do not print."""

    name: str
    kind: str
    medium: str = ""
    url: Secret = NO_URL
    network: str = ""
    reach: Literal["each", "once"] = "each"
    address: str = ""
    locales: tuple[str, ...] = ()
    account: str = ""
    rates: tuple[Rate, ...] = ()
    on_unknown: Literal["resend", "hold"] = "hold"
    timeout: timedelta = timedelta(seconds=20)
    options: Mapping[str, Any] = field(default_factory=dict)


class Described:
    """What every channel says of itself, read off its specification."""

    def __init__(self, spec: ChannelSpec) -> None:
        self.name = spec.name
        self.kind = spec.kind
        self.medium = spec.medium
        self.network = spec.network
        self.reach: Literal["each", "once"] = spec.reach
        self.address = spec.address
        self.locales = spec.locales
        self.on_unknown: Literal["resend", "hold"] = spec.on_unknown
        self.account = spec.account or spec.name
        self.rates = spec.rates
        self.domains: Mapping[str, DomainLimit] = spec.options.get("domains") or {}
