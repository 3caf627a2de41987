"""parallel: steps that belong together, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.run import nesting

HELP = "Holds steps that all start at once. It is done when they are; one that fails keeps no other from going on."
EFFECT = "none"
NESTS = "side-by-side"
AFTERWARDS = True
FIELDS: Mapping[str, Any] = {}
EFFECTS: Mapping[str, Any] = {}
decide = nesting.decide


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()
