"""Names that people say aloud and machines sort: `INC-2026-007`, and opaque tokens for what leaves the house."""

from __future__ import annotations

import re
from typing import NamedTuple

_INCIDENT = re.compile(r"(?:(inc|drill)-?)?(?:(\d{4})-)?(\d{1,6})", re.IGNORECASE)
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that reads as something else


class Series(NamedTuple):
    """A year's row of numbers; the year is that of the workspace's time zone. Drills have one of their own."""

    year: int
    drill: bool = False

    def id(self, number: int) -> str:
        """`INC-2026-007`, `DRILL-2026-007`."""
        return f"{'DRILL' if self.drill else 'INC'}-{self.year}-{number:03d}"


def read_incident_id(text: str, year: int) -> str | None:
    """What a tired person typed (`inc-2026-7`, `2026-007`, `7`) as an incident's id; None when it is none.

    A drill is named as one (`drill-7`): a bare number never means it.
    """
    match = _INCIDENT.fullmatch(text.strip())
    if match is None:
        return None
    return Series(int(match[2] or year), (match[1] or "").lower() == "drill").id(int(match[3]))


def is_slug(text: str) -> bool:
    """Lower-case words joined by hyphens: ids of playbooks, steps, messages, segments."""
    return _SLUG.fullmatch(text) is not None


def token(length: int = 16) -> str:
    """An unguessable name of `length` characters (5 bits each), safe in headers, URLs and file names."""
    import secrets  # brings hashlib and OpenSSL: commands that only read must not pay for it

    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
