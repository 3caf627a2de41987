"""What comes back from outside, fit to be kept and shown: bounded, printable, its secrets masked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MASK = "***"
LONGEST = 16 * 1024
"""Characters that are kept of what something printed or answered: the first and the last of a longer one."""

SHORTEST = 4
"""A shorter value is not masked: it would black out everything, and is no secret."""


def text(raw: bytes, secrets: Iterable[str], longest: int = LONGEST) -> str:
    """The text without control characters (but for line ends and tabs), without secrets, and not too long."""
    shown = "".join(letter for letter in raw.decode("utf-8", "replace") if letter.isprintable() or letter in "\n\t")
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            shown = shown.replace(secret, MASK)
    if len(shown) <= longest:
        return shown
    half = longest // 2
    return f"{shown[:half]}\n[… {len(shown) - 2 * half} characters left out …]\n{shown[-half:]}"


def parsed(raw: bytes, secrets: Iterable[str]) -> Any:
    """The JSON value, its secrets masked. Raises ValueError when it is none, or too long to be kept."""
    if len(raw) > 4 * LONGEST:
        raise ValueError(f"{len(raw)} bytes of JSON; at most {4 * LONGEST} are kept")
    return _masked(json.loads(raw), [secret for secret in secrets if len(secret) >= SHORTEST])


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, list):
        return [_masked(one, secrets) for one in value]
    if isinstance(value, dict):
        return {_masked(name, secrets): _masked(one, secrets) for name, one in value.items()}
    return value


def last_line(shown: str) -> str:
    """The last line that says something, for a sentence."""
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
