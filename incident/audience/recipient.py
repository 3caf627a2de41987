"""A recipient: one person who can be told, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from incident.store import Row

COLUMNS = ("id", "name", "locale", "region", "segments", "email", "phone", "push", "channels", "opt_out", "drill")
"""The columns of an audience file, in the order in which documentation and exports write them."""

LISTS = ("segments", "channels", "opt_out")
ADDRESSES = ("email", "phone", "push")

EVERYTHING = "all"
"""In `opt_out`: no channel at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One person. `channels` empty means every channel that has an address; `opt_out` holds `all` or channel names.
    With `drill`, only drills reach this person, and no live notice does."""

    id: str
    locale: str
    name: str = ""
    region: str = ""
    segments: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    push: str = ""
    channels: tuple[str, ...] = ()
    opt_out: tuple[str, ...] = ()
    drill: bool = False

    def to_json(self) -> dict[str, Any]:
        """The keys of an audience file; lists as lists. Holds whole addresses: mask them before showing."""
        return {column: list(getattr(self, column)) if column in LISTS else getattr(self, column) for column in COLUMNS}


def from_row(row: Row) -> Recipient:
    """A row of the table recipient."""
    values: dict[str, Any] = {name: words(row[name]) if name in LISTS else row[name] for name in COLUMNS}
    return Recipient(**{**values, "drill": bool(row["drill"])})


def stored(items: tuple[str, ...]) -> str:
    """A list as the store keeps it: `;a;b;`, so that `;a;` finds one member and no part of another; '' when empty."""
    return f";{';'.join(items)};" if items else ""


def words(text: str) -> tuple[str, ...]:
    """What `stored` wrote."""
    return tuple(text[1:-1].split(";")) if text else ()
