"""The media: which parts a message of each has, and how each part is treated."""

from __future__ import annotations

from collections.abc import Mapping

PARTS: Mapping[str, tuple[str, ...]] = {
    "email": ("subject", "preheader", "text", "html"),
    "push": ("title", "body", "link"),
    "social": ("text",),
    "sms": ("text",),
    "chat": ("text",),
    "status": ("headline", "body"),
}
"""A medium with one part is one file as it stands; the parts of the others are the blocks of that name."""

MEDIA = tuple(PARTS)

PUBLIC = frozenset({"social", "chat", "status"})
"""One post for all: it cannot hold a variable of one recipient."""

HEADERS = frozenset({"subject", "preheader", "title", "headline", "link"})
"""Parts of one line: they become headers or titles, where a line break is an injection."""

MARKED = frozenset({"subject", "title", "headline", "text"})
"""Parts that begin with the mark of a drill."""

PER_RECIPIENT = ("name", "unsubscribe_url", "reference")
"""Variables that differ between recipients of one text: left open by `compose`, filled by `fill`."""
