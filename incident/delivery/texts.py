"""The texts of the broadcasts in hand: read and cut once, then a delivery is made of each row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

from incident.channel.delivery import Fill
from incident.channel.port import Delivery
from incident.channel.stencil import Stencil
from incident.delivery.claims import Due
from incident.delivery.model import LANES
from incident.message import marker, stencil
from incident.message.rendered import Rendered, fill
from incident.store import Row, Store


@dataclass(slots=True, eq=False)
class _Text:
    """A text of a broadcast as one locale has it, and what its deliveries share."""

    medium: str
    fill: Fill
    cut: Stencil
    id: str
    thread: str
    urgent: bool
    exercise: bool


class Texts:
    """The texts that one channel sends. A channel compiles a stencil once, by its identity: so each is kept."""

    def __init__(self, store: Store, channel: str, unsubscribe_url: str) -> None:
        self._store = store
        self._channel = channel
        self._url = unsubscribe_url.split("{recipient}")
        self._texts: dict[tuple[int, str], _Text] = {}

    def delivery(self, number: int, broadcast: Row, row: Due) -> Delivery:
        """What the channel gets for a row. Its `no` is `number`: several broadcasts may go out side by side."""
        locale = row.locale
        text = self._texts.get((broadcast["no"], locale)) or self._read(broadcast, locale)
        key = f"{text.id}.{row.no}"
        url = key.join(self._url)
        name = row.name
        fields = {"name": name and marker.value(name), "unsubscribe_url": url, "reference": key}
        return Delivery(
            no=number,
            key=key,
            address=row.address,
            recipient=row.recipient,
            locale=locale,
            medium=text.medium,
            parts=text.fill,
            stencil=text.cut,
            fields=fields,
            thread=text.thread,
            unsubscribe_url=url,
            automatic="auto-generated",
            priority="urgent" if text.urgent else "normal",
            exercise=text.exercise,
        )

    def _read(self, broadcast: Row, locale: str) -> _Text:
        found = self._store.queries("incident.delivery").rendering_of(
            broadcast=broadcast["no"], channel=self._channel, locale=locale
        )
        rendered = Rendered.from_json(json.loads(found["content"]))
        self._texts[broadcast["no"], locale] = text = _Text(
            medium=rendered.medium,
            fill=partial(fill, rendered),
            cut=stencil.cut(rendered),
            id=broadcast["id"],
            thread=broadcast["thread"],
            urgent=broadcast["lane"] == LANES["page"],
            exercise=bool(broadcast["drill"]),
        )
        return text
