"""A newer word of the same incident takes the place of what is still unsent of the older ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def replaced(newer: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> list[int]:
    """The numbers of the broadcasts that `newer` replaces: notices of its incident, older, of which something may still
    be sent."""
    return [
        one["no"]
        for one in others
        if one["incident"] == newer["incident"]
        and one["no"] < newer["no"]
        and one["lane"] == newer["lane"]
        and one["state"] in ("sending", "held")
    ]
