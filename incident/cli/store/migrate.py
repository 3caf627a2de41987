"""Bring the database to this program's version, after a backup."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._backup import copy, default_target
from incident.cli._frame import Session, session
from incident.errors import StoreVersion

if TYPE_CHECKING:
    from incident.store import Store

EXAMPLES = """
Examples:
  incident store migrate
  incident store migrate --new                 an empty database where there is none: a new beginning
  pg_dump oncall > oncall.sql && incident store migrate --backed-up     (PostgreSQL)
"""


@click.command(epilog=EXAMPLES)
@click.option("--backed-up", is_flag=True, help="A backup exists already (needed for PostgreSQL, which has pg_dump).")
@click.option("--new", "make", is_flag=True, help="Make an empty database; only where there is none.")
@session
def command(session: Session, backed_up: bool, make: bool) -> None:
    """Apply the missing migrations, each in one transaction. A SQLite database is copied to backups/ first. One that is
    gone is made anew with --new alone: look for its last copy before."""
    from incident.store import migrate, require_current, versions

    console = session.console()
    store, now = console.bare_store(make=make), console.clock()
    present, newest = versions(store)
    if make and present:
        raise StoreVersion(f"There is a database already, of version {present}; nothing was changed. Leave out --new.")
    if present >= newest:
        require_current(store, now)  # refuses a newer one with its sentence
    saved = _save(store, console.workspace, now) if 0 < present < newest and not backed_up else None
    applied = migrate(store, now)
    session.emit(
        "store-migrate",
        {"from": present, "to": newest, "applied": applied, "backup": saved},
        [
            f"Copied to {saved} first." if saved else "",
            f"Migrated from version {present} to {newest}."
            if applied
            else f"The database has version {newest} already.",
        ],
    )


def _save(store: Store, folder: Path, now: datetime) -> Path:
    """The backup that is always there before anything changes. Raises StoreVersion where only pg_dump makes one."""
    if store.dialect != "sqlite":
        raise StoreVersion("Back up first, with pg_dump; then run: incident store migrate --backed-up")
    target = default_target(folder, now)
    copy(store, target, now)
    return target
