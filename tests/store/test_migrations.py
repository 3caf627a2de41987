"""Migrations: an empty database becomes ready, an old one waits for a person, a newer one is refused."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from incident.errors import StoreMissing, StoreVersion
from incident.store import Store, backup, migrate, open_store, require_current, versions
from tests.clock import START, MovableClock


def test_an_empty_database_is_made_ready(empty_url: str, clock: MovableClock) -> None:
    """A database that was made, and has no tables yet, gets them unasked, and finds them the second time."""
    store = open_store(empty_url, make=True)
    newest = versions(store)[1]
    assert versions(store) == (0, newest)
    require_current(store, clock())
    require_current(store, clock())
    assert versions(store) == (newest, newest)
    store.close()


def test_migrating_names_what_it_did(empty_url: str, clock: MovableClock) -> None:
    """Each migration is applied once, in order, and named; a second time there is nothing to do."""
    store = open_store(empty_url, make=True)
    applied = migrate(store, clock())
    assert applied[0] == "0001_spine"
    assert applied == sorted(applied)
    assert migrate(store, clock()) == []
    store.close()


def test_an_older_database_waits_for_a_person(store: Store, clock: MovableClock) -> None:
    """A database with tables but an older version is refused; the sentence holds the command that migrates it."""
    store.execute("UPDATE schema_version SET number = number - 1000")
    with pytest.raises(StoreVersion, match="incident store migrate"):
        require_current(store, clock())


def test_a_newer_database_is_refused(store: Store, clock: MovableClock) -> None:
    """An older program must not write into a database that it does not understand."""
    store.execute("INSERT INTO schema_version (number, name, applied_at) VALUES (9999, 'later', 0)")
    with pytest.raises(StoreVersion, match="version 9999"):
        require_current(store, clock())


def test_two_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    """Two that make a new database together both find it ready."""
    script = (
        "import sys; from incident.store import open_store, require_current; from incident.now import system_clock\n"
        "require_current(open_store(sys.argv[1], make=True), system_clock())"
    )
    both = [subprocess.Popen([sys.executable, "-c", script, empty_url]) for _ in range(2)]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    store = open_store(empty_url)
    assert versions(store)[0] == versions(store)[1]
    store.close()


def test_a_broken_migration_leaves_nothing(empty_url: str, clock: MovableClock) -> None:
    """A migration that fails half-way is undone whole: the database is as empty as before."""
    store = open_store(empty_url, make=True)
    store.execute("CREATE TABLE page (x INTEGER)")  # the last table of the first migration is in the way
    with pytest.raises(Exception, match="page"):
        migrate(store, clock())
    assert versions(store)[0] == 0
    store.close()


def test_a_backup_is_whole_while_others_write(sqlite_store: Store, tmp_path: Path) -> None:
    """A backup holds what was committed and not what an open transaction is about to write; it is private."""
    sqlite_store.execute("INSERT INTO suppression VALUES ('a', 'bounced', 0, 'li')")
    writer = sqlite_store.another()
    target = tmp_path / "copy.db"
    with writer.transaction():
        writer.execute("INSERT INTO suppression VALUES ('b', 'bounced', 0, 'li')")
        backup(sqlite_store, target)
    writer.close()
    copy = open_store(f"sqlite:///{target}")
    assert [row["address"] for row in copy.execute("SELECT address FROM suppression")] == ["a"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    require_current(copy, START)
    copy.close()


def test_a_backup_overwrites_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    """A file that exists is never replaced: it may be the only good backup."""
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(StoreMissing, match="exists already"):
        backup(sqlite_store, target)
    assert target.read_text() == "precious"


def test_a_backup_of_postgresql_names_the_tool(postgresql_store: Store, tmp_path: Path) -> None:
    """PostgreSQL has its own tool; the sentence names it."""
    with pytest.raises(StoreMissing, match="pg_dump"):
        backup(postgresql_store, tmp_path / "copy.db")
