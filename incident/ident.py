"""Names that people say aloud and machines sort: `INC-2026-007`, and opaque tokens for what leaves the house."""

from __future__ import annotations

import re

_INCIDENT = re.compile(r"(?:inc-?)?(?:(\d{4})-)?(\d{1,6})", re.IGNORECASE)
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that reads as something else


def incident_id(year: int, number: int) -> str:
    """`INC-2026-007`: the year in the workspace's time zone, then a counter of that year."""
    return f"INC-{year}-{number:03d}"


def read_incident_id(text: str, year: int) -> str | None:
    """What a tired person typed (`inc-2026-7`, `2026-007`, `7`) as an incident's id; None when it is none."""
    match = _INCIDENT.fullmatch(text.strip())
    return incident_id(int(match[1] or year), int(match[2])) if match else None


def is_slug(text: str) -> bool:
    """Lower-case words joined by hyphens: ids of playbooks, steps, messages, segments."""
    return _SLUG.fullmatch(text) is not None


def token(length: int = 16) -> str:
    """An unguessable name of `length` characters (5 bits each), safe in headers, URLs and file names."""
    import secrets  # brings hashlib and OpenSSL: commands that only read must not pay for it

    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
