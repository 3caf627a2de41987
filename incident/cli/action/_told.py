"""An action as scripts read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from incident.lifecycle import Action


def action_json(action: Action) -> dict[str, Any]:
    """All that is known of it."""
    return asdict(action)
