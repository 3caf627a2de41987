"""Write a note on the timeline."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident note INC-2026-007 'water in row 4, power is off'
  incident note 7 --happened-at 2026-11-21T02:55:00+08:00 'first alarm seen'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("text", nargs=-1, required=True)
@click.option("--happened-at", metavar="INSTANT", help="When it was so, if earlier: 2026-11-21T02:55:00+08:00.")
@session
def command(session: Session, incident: str, text: tuple[str, ...], happened_at: str | None) -> None:
    """Write down what was seen or decided. It cannot be changed afterwards; write another note instead."""
    from incident import lifecycle
    from incident.cli._values import instant, the_incident

    console = session.console()
    found = the_incident(session, incident)
    when = instant(happened_at, "--happened-at", console.clock())
    words = " ".join(text)
    lifecycle.note(console.store, console.actor, console.clock(), found.id, words, when)
    session.emit("note", {"incident": found.id, "text": words}, f"Noted on {found.id}.")
