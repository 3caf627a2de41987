"""Who writes what is posted: the bytes for one delivery, or why there cannot be any."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from incident.channel import document
from incident.channel.blank import Blank
from incident.channel.port import Delivery, Refused
from incident.channel.stencil import Stencil

_BLANKS = 64  # texts that are kept ready


class Writer:
    """`shape` is the other side's, None for everything as `incident.delivery/v1`; `form`: fields instead of JSON.
    Several threads may use it."""

    def __init__(self, shape: Any, *, form: bool) -> None:
        self._shape = shape
        self._form = form
        self._blanks: dict[tuple[Stencil, str, str, str, str], Blank] = {}

    def write(self, delivery: Delivery) -> bytes | Refused:
        """What is posted. A defect of ours, or half a character, costs this one message and tells only its class."""
        try:
            if self._form:
                return urlencode(self._document(delivery)).encode()
            if delivery.stencil is None:
                return document.as_json(self._document(delivery))
            return self._blank(delivery.stencil, delivery).fill(delivery)
        except Exception as error:
            return Refused("bad_content", "", f"{type(error).__name__} while the request was built.")

    def _document(self, delivery: Delivery) -> Any:
        return document.whole(delivery) if self._shape is None else document.filled(self._shape, delivery)

    def _blank(self, stencil: Stencil, delivery: Delivery) -> Blank:
        """Once for a text; some broadcasts in some languages may go out side by side."""
        key = (stencil, delivery.locale, delivery.medium, delivery.thread, delivery.priority)
        blank = self._blanks.get(key)
        if blank is None:
            if len(self._blanks) >= _BLANKS:
                self._blanks.clear()
            blank = self._blanks[key] = Blank(stencil, delivery, self._document)
        return blank
