"""Watch what is being sent, from a second terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.store import Row, Store

EXAMPLES = """
Examples:
  incident outbox watch                           all that is being sent, until it is finished
  incident outbox watch INC-2026-007
  incident outbox watch 7 --output json | jq .broadcasts[0].eta
"""

_LOOK_SECONDS = 0.5


@click.command(epilog=EXAMPLES)
@click.argument("incident", required=False)
@session
def command(session: Session, incident: str | None) -> None:
    """Watch: how many were accepted, refused, put off or are pending, by channel and language, how fast, and how long
    still. It ends when everything is finished or stopped; Ctrl-C leaves, and changes nothing. Piped, or with
    --output json, it prints one document a second, each on a line.
    """
    from incident.cli._values import the_incident
    from incident.cli._visible import visible_ids
    from incident.delivery import outbox

    console = session.console()
    name = the_incident(session, incident).id if incident else None
    found = outbox.find(console.store, name) if name is None or outbox.any_of(console.store, name) else []
    if name is None:
        seen = visible_ids(session)
        found = [row for row in found if seen(row["incident"])]
    if session.on_terminal:
        _draw(session, found)
    else:
        _print(session, found)


def _draw(session: Session, rows: list[Row]) -> None:
    from rich.console import Console as Terminal

    from incident.cli._outbox import wait_of
    from incident.cli._progress import Bars

    if not rows:
        session.say("Nothing is being sent.")
        return
    store = session.console().store
    with Bars(store, lambda row: wait_of(session, row), terminal=Terminal(), languages=True) as bars:
        bars.numbers = {row["no"] for row in rows}
        while not _over(_again(store, rows)):
            bars.update()
            time.sleep(_LOOK_SECONDS)


def _print(session: Session, rows: list[Row]) -> None:
    from incident.cli._lines import SECONDS, Lines

    store = session.console().store
    lines = Lines(session, lambda: _again(store, rows))
    while not _over(lines.tell()):
        time.sleep(SECONDS)


def _again(store: Store, rows: Sequence[Row]) -> list[Row]:
    queries = store.queries("incident.delivery")
    return [queries.broadcast_by_no(no=row["no"]) for row in rows]


def _over(rows: Sequence[Row]) -> bool:
    return all(row["state"] in ("finished", "stopped") for row in rows)
