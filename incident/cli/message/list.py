"""List the messages, their languages and media."""

from __future__ import annotations

from typing import Any

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident message list
  incident message list --output json
"""


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """List the messages: the shipped ones, and those of this workspace, which hide shipped files of the same name."""
    console = session.console()
    rows = [_row(console.catalog.get(name), console.organisation.default_locale) for name in console.catalog.names()]
    data = {"messages": rows, "cases": console.catalog.cases()}
    columns = ("name", "title", "readers", "stage", "version", "locales", "media")
    table = session.table(columns, [[_cell(row[column]) for column in columns] for row in rows])
    session.emit("message-list", data, table)


def _row(message: Any, locale: str) -> dict[str, Any]:
    from incident.message.locale import chain
    from incident.shape import choose

    about = message.about
    return {
        "name": message.name,
        "title": choose(about.name, (*chain(locale), "")),
        "readers": about.readers,
        "stage": about.stage,
        "version": about.version,
        "locales": list(message.locales),
        "media": list(about.media),
    }


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
