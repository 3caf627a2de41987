"""Numbered migrations as data: an empty database gets them all at once; an old one only by command, after a backup."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime
from pathlib import Path

from incident.errors import StoreMissing, StoreVersion
from incident.now import ms
from incident.store.database import Store

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


def versions(store: Store) -> tuple[int, int]:
    """(the database's version, the newest this program knows); 0 is an empty database."""
    newest = max(number for number, _, _ in _files())
    if not _has_schema(store):
        return 0, newest
    row = store.execute("SELECT max(number) AS number FROM schema_version").fetchone()
    return int(row["number"] or 0), newest


def require_current(store: Store, now: datetime) -> None:
    """Makes an empty database ready. Raises StoreVersion when it is older (says how to migrate) or newer."""
    present, newest = versions(store)
    if present == 0:
        with store.transaction():  # as one: another process sees an empty database or a ready one, nothing between
            migrate(store, now)
    elif present < newest:
        raise StoreVersion(
            f"The database has version {present}, this program needs {newest}. "
            "Migrate it with: incident store migrate   (it makes a backup first)"
        )
    elif present > newest:
        raise StoreVersion(
            f"The database has version {present}; this program knows up to {newest}. Use the newer incident."
        )


def migrate(store: Store, now: datetime) -> list[str]:
    """Applies what is missing, each migration in one transaction; returns their names. Safe when two try at once."""
    applied = []
    for number, name, text in _files():
        with store.transaction():
            if store.dialect == "postgresql":
                store.execute("SELECT pg_advisory_xact_lock(727563)")
            if versions(store)[0] >= number:
                continue
            for statement in _statements(text, store.dialect):
                store.execute(statement)
            store.execute(
                "INSERT INTO schema_version (number, name, applied_at) VALUES (:number, :name, :at)",
                {"number": number, "name": name, "at": ms(now)},
            )
        applied.append(f"{number:04d}_{name}")
    return applied


def backup(store: Store, target: Path) -> None:
    """Copies a SQLite database, consistent although others write. PostgreSQL has pg_dump: StoreMissing says so."""
    if store.dialect != "sqlite":
        raise StoreMissing("A PostgreSQL database is backed up with pg_dump; see docs/operations.md.")
    if target.exists():
        raise StoreMissing(f"{target} exists already; name a new file.")
    target.touch(mode=0o600)
    copy = sqlite3.connect(target)
    with copy:
        store.connection.backup(copy)
    copy.close()


def _has_schema(store: Store) -> bool:
    if store.dialect == "sqlite":
        found = store.execute("SELECT 1 AS found FROM sqlite_master WHERE name = 'schema_version'").fetchone()
    else:
        # not to_regclass: it answers from a cache that may not have heard of a migration that has just been committed
        found = store.execute(
            "SELECT 1 AS found FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'"
        ).fetchone()
    return bool(found and found["found"])


def _files() -> list[tuple[int, str, str]]:
    found = []
    for file in (Path(__file__).parent / "migrations").iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            found.append((int(match[1]), match[2], file.read_text(encoding="utf-8")))
    return sorted(found)


def _statements(text: str, dialect: str) -> list[str]:
    """One text serves both databases; what stands in `/*sqlite … */` or `/*postgresql … */` is for that one only."""
    text = re.sub(rf"/\*{dialect} (.*?)\*/", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"/\*(?:sqlite|postgresql) .*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"--[^\n]*", "", text)
    return [part.strip() for part in text.split(";") if part.strip()]
