"""What is posted for a delivery: everything, or the shape that the other side wants. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from incident.channel.port import Delivery

SCHEMA = "incident.delivery/v1"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NAME = re.compile(r"\{([a-z_]+)\}")


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
        "status": status(delivery),
        "parts": dict(delivery.parts),
    }


def status(delivery: Delivery) -> str:
    """Whether it is meant, in the words of the Common Alerting Protocol 1.2 (`status`)."""
    return "Exercise" if delivery.exercise else "Actual"


def filled(value: Any, delivery: Delivery) -> Any:
    """`value` with each `{name}` inside its texts replaced by data; the structure cannot change. Unknown names stay."""
    names = {"address": delivery.address, "key": delivery.key, "locale": delivery.locale, **delivery.parts}
    return _filled(value, names)


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(child, names) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, names) for child in value]
    if not isinstance(value, str):
        return value
    return _NAME.sub(lambda match: names.get(match[1], match[0]), value)


def as_json(document: Any) -> bytes:
    """As short as JSON can be, in UTF-8. Raises UnicodeError for half a character."""
    return _ENCODER.encode(document).encode()


def signature(secret: str, body: bytes) -> str:
    """The value of X-Incident-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
