"""Import recipients from a CSV or JSONL file, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.wiring import Console

EXAMPLES = """
Examples:
  incident audience import people.csv
  incident audience import export.jsonl --output json

A CSV file begins with the names of its columns; only id and locale are required:
  id,name,locale,region,segments,email,phone,push,channels,opt_out
  c-001,Alex Martin,en,sg,payment;savings,alex@example.com,+6580000005,,email;push,
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@session
def command(session: Session, file: Path) -> None:
    """Import FILE: CSV with a header, or JSONL with the same keys.

    The whole file is checked first. If any row is wrong, each one is told with its line, column and reason, and nothing
    is imported. Recipients that are there already are updated; a column that the file does not have keeps its value;
    nobody is removed.
    """
    from incident.audience.importing import import_file

    console = session.console()
    result = import_file(
        console.store,
        file,
        default_locale=console.organisation.default_locale,
        channels=console.channels,
        actor=console.actor,
        now=console.clock(),
    )
    data = {"imported": result.imported, "updated": result.updated, "rejected": 0}
    session.emit("audience-import", data, f"Imported {result.imported:,}, updated {result.updated:,}, rejected 0.")
    for locale, people in _without_a_text(console).items():
        session.say(
            f"{people:,} recipients have the locale {locale}, which the organisation does not speak: "
            f"they get {console.organisation.default_locale}."
        )


def _without_a_text(console: Console) -> dict[str, int]:
    """How many people will get the default language because no other is near theirs, by locale."""
    from incident.audience import parse
    from incident.audience.store import count
    from incident.message.locale import nearest

    spoken = console.organisation.locales
    everybody = count(console.store, parse("everyone")).locales
    return {locale: people for locale, people in everybody.items() if not nearest(locale, spoken, "")}
