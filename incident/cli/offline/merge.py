"""Bring a local journal into the timeline."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from incident.cli._frame import Session, session
from incident.cli.offline._journal import local_journal

EXAMPLES = """
Examples:
  incident offline merge
  incident offline merge --file /media/stick/offline.jsonl
"""


@click.command(epilog=EXAMPLES)
@local_journal
@session
def command(session: Session, file: Path | None) -> None:
    """Write each line of the local journal onto its incident's timeline, once, with the time when it was so. The file
    stays; merging it again adds nothing.
    """
    from functools import partial

    from incident.cli._visible import may_see
    from incident.errors import WARNED
    from incident.journal import local
    from incident.lifecycle import offline

    console = session.console()
    now = console.clock()
    year = now.astimezone(ZoneInfo(console.organisation.time_zone)).year
    place = file or console.workspace / local.FILE
    done = offline.merge(console.store, console.actor, now, local.read(place), year, partial(may_see, session))
    for sentence in done.left:
        session.say(sentence)
    session.emit(
        "offline-merge",
        {"file": place, "merged": done.merged, "known": done.known, "left": list(done.left)},
        f"{done.merged} lines joined the timeline, {done.known} had before, {len(done.left)} could not.",
    )
    if done.left:
        session.finish(WARNED)
