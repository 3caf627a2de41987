"""A recipient as it is shown: addresses masked unless they were asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from incident.audience.mask import mask
from incident.audience.recipient import ADDRESSES

if TYPE_CHECKING:
    from incident.audience import Recipient


def plain(recipient: Recipient, show_addresses: bool) -> dict[str, Any]:
    """The recipient's columns as JSON data."""
    data = recipient.to_json()
    return data if show_addresses else data | {name: mask(data[name]) for name in ADDRESSES}
