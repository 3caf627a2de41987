"""The texts of the broadcasts in hand: read and cut once, then a delivery is made of each row."""

from __future__ import annotations

import json

from incident.channel.port import Delivery
from incident.channel.stencil import Stencil
from incident.delivery.claims import Due
from incident.message import marker, stencil
from incident.message.rendered import Rendered
from incident.store import Row, Store


class Texts:
    """The texts that one channel sends. A channel compiles a stencil once, by its identity: so each is kept."""

    def __init__(self, store: Store, channel: str, unsubscribe_url: str) -> None:
        self._store = store
        self._channel = channel
        self._unsubscribe_url = unsubscribe_url
        self._texts: dict[tuple[int, str], tuple[Rendered, Stencil]] = {}

    def delivery(self, number: int, broadcast: Row, row: Due) -> Delivery:
        """What the channel gets for a row. Its `no` is `number`: several broadcasts may go out side by side."""
        text, cut = self._text(broadcast["no"], row.locale)
        key = f"{broadcast['id']}.{row.no}"
        url = self._unsubscribe_url.replace("{recipient}", key)
        fields = {"name": row.name and marker.value(row.name), "unsubscribe_url": url, "reference": key}
        return Delivery(
            no=number,
            key=key,
            address=row.address,
            recipient=row.recipient,
            locale=row.locale,
            medium=text.medium,
            parts=stencil.Filled(text, fields),
            stencil=cut,
            fields=fields,
            thread=broadcast["thread"],
            unsubscribe_url=url,
            automatic="auto-generated",
            priority="urgent" if broadcast["lane"] == 0 else "normal",
            exercise=bool(broadcast["drill"]),
        )

    def _text(self, broadcast: int, locale: str) -> tuple[Rendered, Stencil]:
        place = (broadcast, locale)
        if place not in self._texts:
            found = self._store.queries("incident.delivery").rendering_of(
                broadcast=broadcast, channel=self._channel, locale=locale
            )
            rendered = Rendered.from_json(json.loads(found["content"]))
            self._texts[place] = (rendered, stencil.cut(rendered))
        return self._texts[place]
