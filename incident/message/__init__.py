"""Words: the organisation's names, the catalog of messages, their rendering, their lengths and their rules.

What is offered here is imported when it is asked for: a command that renders nothing loads no template engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident.message.catalog import Catalog, Message
    from incident.message.context import Context, Slot
    from incident.message.locale import chain, nearest
    from incident.message.organisation import SECTION, Organisation
    from incident.message.render import compose
    from incident.message.rendered import Rendered, fill, needed

_HOMES = {
    "Catalog": "catalog",
    "Message": "catalog",
    "Context": "context",
    "Slot": "context",
    "chain": "locale",
    "nearest": "locale",
    "SECTION": "organisation",
    "Organisation": "organisation",
    "compose": "render",
    "Rendered": "rendered",
    "fill": "rendered",
    "needed": "rendered",
}

__all__ = [
    "SECTION",
    "Catalog",
    "Context",
    "Message",
    "Organisation",
    "Rendered",
    "Slot",
    "chain",
    "compose",
    "fill",
    "nearest",
    "needed",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
