"""Copy the database, consistent while others write."""

from __future__ import annotations

from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident backup
  incident backup /mnt/safe/oncall.db
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@session
def command(session: Session, file: Path | None) -> None:
    """Copy the database to FILE (default: backups/ in the workspace), then prove that the copy's journal is whole.

    Others may go on writing meanwhile. What is being sent is held in the copy: a restored database sends nothing by
    itself. A PostgreSQL database is backed up with pg_dump.
    """
    from incident.cli._backup import copy, default_target

    console = session.console()
    target = file.expanduser().absolute() if file else default_target(console.workspace, console.clock())
    entries = copy(console.store, target, console.clock())
    size = target.stat().st_size
    session.emit(
        "backup",
        {"file": target, "bytes": size, "journal_entries": entries},
        f"Copied to {target} ({size:,} bytes); its journal is whole ({entries} entries).",
    )
