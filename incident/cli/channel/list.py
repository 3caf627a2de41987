"""List the channels: kind, medium, whom they reach, where they go (without secrets), and which are stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.errors import StoreBusy, StoreMissing, StoreVersion
from incident.now import duration_text, iso

if TYPE_CHECKING:
    from incident.channel.spec import ChannelSpec
    from incident.delivery.brakes import Standing

EXAMPLES = """
Examples:
  incident channel list
  incident channel list --output json
"""

_COLUMNS = ("name", "kind", "medium", "network", "reach", "address", "to", "account", "rate", "on_unknown")


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """List the channels of incident.yaml, with what was not written there filled in, and which of them are stopped
    now: a relay that cannot be reached, a robot that told us to slow down."""
    standings = _standings(session)
    rows = [_row(spec, standings) for spec in session.console().channels.values()]
    columns = (*_COLUMNS, "stopped") if any(row["stopped"] for row in rows) else _COLUMNS
    cells = [[_text(row[column]) for column in _COLUMNS] + [_told(session, standings, row)] for row in rows]
    table = session.table(columns, [line[: len(columns)] for line in cells])
    session.emit("channel-list", {"channels": rows}, table if rows else "No channels; add them to incident.yaml.")


def _standings(session: Session) -> Mapping[str, Standing]:
    """The accounts that are stopped. The list is told also where the ledger cannot be read."""
    from incident.delivery import brakes

    console = session.console()
    try:
        return {standing.account: standing for standing in brakes.states(console.store, console.clock())}
    except (StoreMissing, StoreVersion, StoreBusy) as error:
        session.say(f"Whether a channel is stopped is not known: {error}")
        return {}


def _row(spec: ChannelSpec, standings: Mapping[str, Standing]) -> dict[str, Any]:
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
        "account": spec.account,
        "rate": [f"{rate.most}/{duration_text(rate.per)}" for rate in spec.rates],
        "on_unknown": spec.on_unknown,
        "stopped": _stopped(standings.get(spec.account)),
    }


def _stopped(standing: Standing | None) -> dict[str, Any] | None:
    if standing is None:
        return None
    return {
        "reason": standing.reason,
        "code": standing.code,
        "words": standing.words,
        "since": iso(standing.since),
        "until": iso(standing.until),
        "probing": standing.probing,
    }


def _told(session: Session, standings: Mapping[str, Standing], row: Mapping[str, Any]) -> str:
    standing = standings.get(row["account"])
    if standing is None:
        return ""
    then = "being tried now" if standing.probing else f"next try {session.when(standing.until)}"
    return f"{standing.reason} since {session.when(standing.since)}, {then}"


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
