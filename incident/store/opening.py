"""Opening a database by its URL: for writing, or, where that cannot be, for looking; made only when asked for."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from incident.errors import StoreMissing
from incident.store import database
from incident.store.database import Row, Store


def open_store(url: str, *, make: bool = False) -> Store:
    """Opens `sqlite:///absolute/path` or `postgresql://…`. Raises StoreMissing with what to do.

    A file that is missing or holds no byte is made only with `make`: an empty database in the place of a lost one would
    say that nothing is open, and give its numbers a second time.
    """
    if url.startswith("sqlite:///"):
        return _open_sqlite(url, make=make)
    if url.startswith(("postgresql://", "postgres://")):
        return _open_postgresql(url)
    raise StoreMissing("store.url must begin with sqlite:/// or postgresql://")


def _dict_row(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _open_sqlite(url: str, *, make: bool = False) -> Store:
    path = Path("/" + url.removeprefix("sqlite:///").lstrip("/"))
    if not make and (lost := _lost(path)):
        raise StoreMissing(lost)
    again = partial(_open_sqlite, url)
    try:
        # where it may not write, SQLite opens a file for reading and keeps quiet about it until somebody writes
        return Store(url, "sqlite", _writable(path), again, read_only=not os.access(path, os.W_OK))
    except (OSError, sqlite3.Error) as error:
        connection = _readable(path) if _may_look(error) else None
        if connection is None:
            raise StoreMissing(f"The database {path} cannot be opened: {error}.") from error
    return Store(url, "sqlite", connection, again, read_only=True)


def _lost(path: Path) -> str:
    """Why there is no database in the file, and what to do; '' when there may be one."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        size = -1
    except OSError:  # it may be there: opening it says what is wrong
        return ""
    if size > 0:
        return ""
    copies = sorted((path.parent / "backups").glob("*.db"), key=lambda file: file.name)
    last = (
        f"the newest in backups/ is {copies[-1].name}" if copies else "there is none in backups/; look where yours go"
    )
    return (
        f"The database {path} {'is empty (0 bytes)' if size == 0 else 'is gone'}. Put the last copy in its place "
        f"({last}). Until then: incident offline note. To begin anew on purpose, with nothing of before: "
        "incident store migrate --new"
    )


def _writable(path: Path) -> sqlite3.Connection:
    if not path.exists():  # private from its first byte; WAL and shm files inherit the mode
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, timeout=database.BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = _dict_row
    _use_wal(connection)
    # Sorting takes a few megabytes of memory, then unnamed files: a million rows need no more.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=FILE", "wal_autocheckpoint=4000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _may_look(error: Exception) -> bool:
    """Whether only writing is out of reach; what is locked is free again soon, and what is damaged shows nothing."""
    return isinstance(error, OSError) or "readonly" in str(error) or "unable to open" in str(error)


def _readable(path: Path) -> sqlite3.Connection | None:
    """A file that cannot be written can still be looked at: by its log if there is one, else as it lies there (nobody
    writes it while there is no log). None when it cannot, or when there is no file."""
    log = path.with_name(f"{path.name}-wal")
    ways = ["mode=ro"] + ["mode=ro&immutable=1"] * (not log.exists() or not log.stat().st_size)
    for way in ways if path.is_file() else ():
        try:
            connection = sqlite3.connect(
                f"{path.as_uri()}?{way}",
                uri=True,
                timeout=database.BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.row_factory = _dict_row
            connection.execute("SELECT count(*) FROM sqlite_master")
            return connection
        except (OSError, sqlite3.Error):
            continue
    return None


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait (no busy timeout) while another process turns a new file into WAL: so we do, for seconds."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError:
        from incident import retry

        again = partial(connection.execute, "PRAGMA journal_mode=WAL")
        retry.call(again, retry_on=(sqlite3.OperationalError,), attempts=8, first=0.05)


_PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "tcp_user_timeout": 30_000}
"""A server that has vanished is noticed within half a minute; libpq would wait for hours. The URL may say otherwise."""


def _open_postgresql(url: str) -> Store:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
        from psycopg.rows import dict_row
    except ImportError as error:
        raise StoreMissing("PostgreSQL needs the driver: pip install 'incident[postgresql]'") from error
    try:
        patience: dict[str, Any] = {
            name: value for name, value in _PATIENCE.items() if name not in conninfo_to_dict(url)
        }
        connection: Any = psycopg.connect(url, autocommit=True, row_factory=dict_row, **patience)
        connection.execute(f"SET lock_timeout = '{database.BUSY_SECONDS}s'")
        connection.execute("SET timezone = 'UTC'")
    except psycopg.Error as error:
        first = str(error).splitlines()[0] if str(error) else "no reason given"
        raise StoreMissing(f"PostgreSQL cannot be reached: {_without_password(first, url)}") from error
    return Store(url, "postgresql", connection, partial(_open_postgresql, url))


def _without_password(text: str, url: str) -> str:
    """The driver repeats parts of a URL that it cannot read."""
    from urllib.parse import parse_qs, unquote, urlsplit

    try:
        parts = urlsplit(url)
    except ValueError as error:
        return f"its URL cannot be read ({error})"
    password = parts.password or ""
    for word in {password, unquote(password), *parse_qs(parts.query).get("password", ())} - {""}:
        text = text.replace(word, "***")
    return text
