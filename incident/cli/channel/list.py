"""List the channels: kind, medium, whom they reach, and where they go (without secrets)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.now import duration_text

if TYPE_CHECKING:
    from incident.channel.spec import ChannelSpec

EXAMPLES = """
Examples:
  incident channel list
  incident channel list --output json
"""

_COLUMNS = ("name", "kind", "medium", "network", "reach", "address", "to", "rate", "on_unknown")


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """List the channels of incident.yaml, with what was not written there filled in."""
    rows = [_row(spec) for spec in session.console().channels.values()]
    table = session.table(_COLUMNS, [[_text(row[column]) for column in _COLUMNS] for row in rows])
    session.emit("channel-list", {"channels": rows}, table if rows else "No channels; add them to incident.yaml.")


def _row(spec: ChannelSpec) -> dict[str, Any]:
    from incident.channel.address import masked

    url = spec.url.reveal()
    return {
        "name": spec.name,
        "kind": spec.kind,
        "medium": spec.medium,
        "network": spec.network,
        "reach": spec.reach,
        "address": spec.address,
        "locales": list(spec.locales),
        "to": masked(url) if url else str(spec.options.get("path", "")),
        "rate": [f"{rate.most}/{duration_text(rate.per)}" for rate in spec.rates],
        "on_unknown": spec.on_unknown,
    }


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
