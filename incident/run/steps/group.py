"""group: steps that belong together, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incident.run import nesting

HELP = "Holds steps that follow one another. It is done when they are, and fails when one of them fails."
EFFECT = "none"
NESTS = "in-order"
AFTERWARDS = True
FIELDS: Mapping[str, Any] = {}
EFFECTS: Mapping[str, Any] = {}
decide = nesting.decide


def answers(fields: Mapping[str, Any]) -> frozenset[str]:
    return frozenset()
