"""List the playbooks that can be declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from datetime import date

    from incident.playbook.model import Playbook

EXAMPLES = """
Examples:
  incident playbook list
  incident playbook list --output json
"""


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """List the playbooks that can be declared: the workspace's own, and those that come with the program."""
    from incident.cli._drill import drilled
    from incident.playbook.shelf import shelf

    last = drilled(session.console())
    rows = [_row(session, file, last) for file in shelf(session.console().workspace).files().values()]
    columns = ("name", "title", "kind", "needs", "from", "drilled", "state")
    table = session.table(columns, [[row[column] for column in columns] for row in rows])
    playbooks = [{key: row[key] for key in row if key not in ("needs", "from", "drilled")} for row in rows]
    session.emit("playbook-list", {"playbooks": playbooks}, table)


def _row(session: Session, file: Path, last: Callable[[Playbook], date | None]) -> dict[str, Any]:
    from incident.errors import Mistakes
    from incident.playbook.drill import is_stale
    from incident.playbook.loader import load_file, warnings
    from incident.playbook.shelf import SHIPPED
    from incident.shape import choose

    console = session.console()
    shipped = file.parent == SHIPPED
    row = {"name": file.stem, "file": str(file), "shipped": shipped, "from": "shipped" if shipped else "workspace"}
    try:
        playbook = load_file(file, console.vocabulary())
    except Mistakes as error:
        count = len(error.mistakes)
        broken: dict[str, Any] = {
            "revision": None,
            "title": "",
            "kind": "",
            "required": [],
            "needs": "",
            "last_drilled": None,
            "drill_stale": False,
            "drilled": "",
            "mistakes": count,
        }
        return {**row, **broken, "state": f"{count} mistake{'s' * (count != 1)}: incident playbook lint {file}"}
    required = [param.name for param in playbook.params if param.required]
    today = console.clock().date()
    overdue, day = warnings(playbook, today), last(playbook)
    is_old = is_stale(day, console.drills.stale_after, today)
    return {
        **row,
        "revision": playbook.revision,
        "title": choose(playbook.title, console.organisation.locales),
        "kind": playbook.kind,
        "required": required,
        "needs": ", ".join(required),
        "last_drilled": day,
        "drill_stale": is_old,
        "drilled": f"{day}{' (long ago)' * is_old}" if day else "never",
        "mistakes": 0,
        "state": "review overdue" if overdue else "ready",
    }
