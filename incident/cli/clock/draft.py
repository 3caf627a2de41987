"""Draft the report of a clock from the record."""

from __future__ import annotations

from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident clock draft INC-2026-007 cn-pboc-class1
  incident clock draft 7 cn-pipl-57-people --locale en --file notice.md
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("clock")
@click.option("--locale", help="The language; else the first that the authority reads.")
@click.option("--file", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@session
def command(session: Session, incident: str, clock: str, locale: str | None, target: Path | None) -> None:
    """Print a draft of CLOCK's report: facts from the record, and gaps marked [to be filled: …]. Nothing is sent."""
    from incident.cli._values import the_incident
    from incident.duty import clocks, report

    console = session.console()
    found = the_incident(session, incident)
    running = clocks.get(console.store, found.id, clock)
    made = report.draft(console.station, found, running, locale, console.clock())
    if target is not None:
        target.write_text(made.text, encoding="utf-8")
        session.say(f"Written: {target}")
    session.say(f"{len(made.gaps)} gaps to fill. Your counsel confirms it before it goes.")
    data = {
        "incident": found.id,
        "clock": running.id,
        "locale": made.locale,
        "gaps": list(made.gaps),
        "text": made.text,
        "file": target,
    }
    session.emit("clock-draft", data, "" if target else made.text)
