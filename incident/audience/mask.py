"""Addresses as they may be shown: enough to recognise one's own, too little to write to a stranger."""

from __future__ import annotations

import re

HIDDEN = "***"
_ADDRESS_LIKE = re.compile(r"[^\s@<>\"',;()]*@[^\s@<>\"',;()]*|\+?\d[\d .()/-]{5,}\d")
_SHOWN = 60


def mask(address: str) -> str:
    """`li@example.com` -> `l***@e***.com`, `+8613800138000` -> `+86***00`, a push token -> `abc***`; '' stays ''."""
    if not address:
        return ""
    if "@" in address:
        local, _, domain = address.rpartition("@")
        name, dot, top = domain.rpartition(".")
        return f"{_first(local, 1)}{HIDDEN}@{_first(name or top, 1)}{HIDDEN}{dot + top if dot and _is_top(top) else ''}"
    if re.fullmatch(r"\+?\d{6,}", address):
        return f"{address[:3]}{HIDDEN}{address[-2:]}"
    return f"{_first(address, 3 if len(address) > 8 else 1)}{HIDDEN}"


def _first(text: str, count: int) -> str:
    return text[:count] if text[:count].isprintable() else ""


def _is_top(text: str) -> bool:
    """Whether it can be a top-level domain; anything longer or stranger could be what must be hidden."""
    return text.isalnum() and len(text) <= 12


def shown(value: str) -> str:
    """A piece of a file as it may stand in a sentence: one line, short, whatever looks like an address masked."""
    line = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in value[: _SHOWN * 4])
    masked = _ADDRESS_LIKE.sub(lambda found: mask(found[0]), line)
    return masked if len(masked) <= _SHOWN else masked[:_SHOWN] + "…"
