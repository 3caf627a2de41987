"""Write a note on the timeline."""

from __future__ import annotations

from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident note INC-2026-007 'water in row 4, power is off'
  incident note 7 --happened-at 2026-11-21T02:55:00+08:00 'first alarm seen'
  incident note 7 --attach cooling.png 'the graph at 02:50'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("text", nargs=-1, required=True)
@click.option("--happened-at", metavar="INSTANT", help="When it was so, if earlier: 2026-11-21T02:55:00+08:00.")
@click.option(
    "--attach",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Keep this file with it, by its SHA-256; may be given several times.",
)
@session
def command(
    session: Session, incident: str, text: tuple[str, ...], happened_at: str | None, files: tuple[Path, ...]
) -> None:
    """Write down what was seen or decided. It cannot be changed afterwards; write another note instead."""
    from incident import lifecycle
    from incident.cli._values import instant, the_incident
    from incident.lifecycle import kept

    console = session.console()
    found = the_incident(session, incident)
    when = instant(happened_at, "--happened-at", console.clock())
    words = " ".join(text)
    attachments = [kept.keep(console.workspace, file) for file in files]
    lifecycle.note(console.store, console.actor, console.clock(), found.id, words, when, attachments)
    told = [one.to_json() for one in attachments]
    session.emit("note", {"incident": found.id, "text": words, "attachments": told}, f"Noted on {found.id}.")
