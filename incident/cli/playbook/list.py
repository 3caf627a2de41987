"""List the playbooks that can be declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident playbook list
  incident playbook list --output json
"""


@click.command(epilog=EXAMPLES)
@session
def command(session: Session) -> None:
    """List the playbooks that can be declared: the workspace's own, and those that come with the program."""
    from incident.playbook.shelf import shelf

    rows = [_row(session, file) for file in shelf(session.console().workspace).files().values()]
    columns = ("name", "title", "kind", "needs", "from", "state")
    table = session.table(columns, [[row[column] for column in columns] for row in rows])
    playbooks = [{key: row[key] for key in row if key not in ("needs", "from")} for row in rows]
    session.emit("playbook-list", {"playbooks": playbooks}, table)


def _row(session: Session, file: Path) -> dict[str, Any]:
    from incident.errors import Mistakes
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
            "mistakes": count,
        }
        return {**row, **broken, "state": f"{count} mistake{'s' * (count != 1)}: incident playbook lint {file}"}
    required = [param.name for param in playbook.params if param.required]
    overdue = warnings(playbook, console.clock().date())
    return {
        **row,
        "revision": playbook.revision,
        "title": choose(playbook.title, console.organisation.locales),
        "kind": playbook.kind,
        "required": required,
        "needs": ", ".join(required),
        "mistakes": 0,
        "state": "review overdue" if overdue else "ready",
    }
