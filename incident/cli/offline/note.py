"""Note what you see and do in a local file."""

from __future__ import annotations

from pathlib import Path

import click

from incident.cli._frame import Session, session
from incident.cli.offline._journal import local_journal

EXAMPLES = """
Examples:
  incident offline note 'called wang, he takes the command'
  incident offline note --incident 7 --happened-at 2026-11-21T02:55:00+08:00 'the status page says it by hand'
"""


@click.command(epilog=EXAMPLES)
@click.argument("text", nargs=-1, required=True)
@click.option("--incident", default="", metavar="INCIDENT", help="The incident, if it has a number.")
@click.option("--happened-at", metavar="INSTANT", help="When it was so, if earlier: 2026-11-21T02:55:00+08:00.")
@local_journal
@session
def command(session: Session, text: tuple[str, ...], incident: str, happened_at: str | None, file: Path | None) -> None:
    """Write a line into a local journal that needs no database. It is on the disk when this comes back, and joins the
    timeline with `incident offline merge`.
    """
    from incident import ident
    from incident.cli._values import instant
    from incident.journal import local

    console = session.console()
    now, actor = console.clock(), console.actor
    place = file or console.workspace / local.FILE
    line = local.Line(
        id=ident.token(),
        incident=incident,
        text=" ".join(text),
        happened_at=instant(happened_at, "--happened-at", now) or now,
        recorded_at=now,
        person=actor.person,
        os_user=actor.os_user,
    )
    local.append(place, line)
    told = {"file": place, "id": line.id, "incident": incident or None, "text": line.text}
    session.emit("offline-note", told, f"Written to {place}. Later: incident offline merge")
