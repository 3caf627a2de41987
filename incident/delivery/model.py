"""What a broadcast is, and the words for what became of a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident.delivery.rules import frozen
from incident.delivery.rules.frozen import Rules
from incident.message.render import Rendered

STATES = ("pending", "standby", "deferred", "accepted", "refused", "suppressed", "deduplicated", "expired", "unknown")
"""States of a delivery, each named by what was observed; `deferred` waits for `next_at`, `standby` for what becomes of
the row before it in its chain of channels."""

PENDING = ("pending", "standby", "deferred")
"""What counts as pending in the sum."""

LANES = {"page": 0, "approval": 0, "notice": 1}
"""A lower lane is served first: staff who are called out wait for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A channel as the ledger sees it. `reach` is `each` (a row per recipient) or `once` (a row per locale);
    `column` is the kind of address it needs (`email`, `phone`, `push`, `id`). With `after`, it is used only for whom
    that channel, which stands before it among the routes, did not reach. `chunk` rows are claimed together."""

    channel: str
    reach: str
    column: str
    locales: tuple[str, ...] = ()
    after: str = ""
    chunk: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """A row for one member of staff, who stands in no audience."""

    recipient: str
    channel: str
    locale: str
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """All that one release sends, as it was approved.

    `to_files`: in a drill nobody gets it by a channel, it is written into files (`sinks`); it says nothing elsewhere.
    `where`/`values` are the audience as SQL over `recipient r`; `people` is how many distinct people were counted and
    approved. `locales` maps each locale of the audience to the locale whose text its people get.
    """

    id: str
    kind: str
    incident: str
    step: str
    message: str
    audience: str
    people: int
    hash: str
    thread: str
    routes: tuple[Route, ...]
    renderings: Mapping[tuple[str, str], Rendered]
    revision: int = 1
    critical: bool = False
    expires_at: datetime | None = None
    where: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    locales: Mapping[str, str] = field(default_factory=dict)
    default_locale: str = ""
    direct: tuple[Direct, ...] = ()
    rules: Rules = frozen.NONE
    to_files: bool = False
