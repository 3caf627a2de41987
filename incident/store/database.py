"""One connection to the database, its transactions, and the SQL texts that run on it."""

from __future__ import annotations

import importlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

import aiosql

from incident.errors import IncidentError, StoreBusy, StoreMissing

Row = dict[str, Any]
Dialect = Literal["sqlite", "postgresql"]

BUSY_SECONDS = 30
"""How long a process waits for another one's transaction before it says so."""


class _Turn:
    """The line in which the threads of a process stand for a SQLite file. SQLite itself would make them sleep and ask
    again, up to a tenth of a second each time, while the one before has long been done."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_SECONDS):  # whoever is first in line waits for another process
            raise StoreBusy(_busy())

    def __exit__(self, *_: object) -> None:
        self._lock.release()


_TURNS: dict[str, _Turn] = {}


def _busy() -> str:
    return f"The database is busy: another process has held it for {BUSY_SECONDS} s. Try again."


class Store:
    """An open database. One thread uses it at a time; `another()` opens one more for another thread."""

    def __init__(self, url: str, dialect: Dialect, connection: Any, reopen: Callable[[], Store]) -> None:
        self.url = url
        self.dialect: Dialect = dialect
        self.connection = connection
        self.another = reopen
        self._depth = 0
        self._turn = _TURNS.setdefault(url, _Turn()) if dialect == "sqlite" else nullcontext()

    def __repr__(self) -> str:
        return f"Store({self.dialect})"  # the URL may hold a password

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside one joins it.

        SQLite takes the write lock at once (BEGIN IMMEDIATE), so that what was read is still true when it writes;
        PostgreSQL locks the rows that the queries name (FOR UPDATE). Never hold one across a network call.
        Raises StoreBusy when another process holds the database for longer than BUSY_SECONDS.
        """
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with self._turn, self._translated():
            self._execute("BEGIN IMMEDIATE" if self.dialect == "sqlite" else "BEGIN")
            self._depth = 1
            try:
                yield
                self._execute("COMMIT")
            except BaseException:
                self._rollback()
                raise
            finally:
                self._depth = 0

    def queries(self, package: str) -> Any:
        """The queries of `package`'s queries.sql, bound to this connection: `q.open_incident(id=…)`.

        Rows are dicts. A name without suffix streams rows; `^` gives one row or None, `$` one value, `!` a count.
        """
        return _Bound(self, _load(package, self.dialect))

    def tuples(self, package: str, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a package's query as plain tuples, in the order of its columns. For thousands of rows at a time,
        where a dict for each costs more than the database does."""
        text = getattr(_load(package, self.dialect), query).sql
        with self._translated():
            if self.dialect == "postgresql":
                from psycopg.rows import tuple_row

                return list(self.connection.cursor(row_factory=tuple_row).execute(text, parameters).fetchall())
            cursor = self.connection.cursor()
            cursor.row_factory = None
            return list(cursor.execute(text, parameters).fetchall())

    def execute(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        """Runs a text built by a translator (segments); `:name` parameters on both databases. Returns the cursor."""
        with self._translated():
            if self.dialect == "postgresql":
                return self.connection.execute(_pyformat(sql), parameters or {})
            return self.connection.execute(sql, parameters or {})

    def close(self) -> None:
        self.connection.close()

    def _execute(self, sql: str) -> None:
        self.connection.execute(sql)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turns the drivers' errors that a person can do something about into sentences."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise StoreBusy(_busy()) from error
            if "full" in str(error) or "disk I/O" in str(error):
                raise StoreMissing(
                    f"The database cannot be written: {error}. Free some space, then run again."
                ) from error
            if "readonly" in str(error):
                raise StoreMissing("The database is read-only for this user. Check the owner of the file.") from error
            raise
        except Exception as error:
            sentence = _postgresql_sentence(error) if self.dialect == "postgresql" else None
            if sentence is None:
                raise
            raise sentence from error

    def _rollback(self) -> None:
        """Undoes the open transaction, if the database has not done so itself (full disk, lost connection)."""
        undone = not self.connection.in_transaction if self.dialect == "sqlite" else self.connection.closed
        if not undone:
            self._execute("ROLLBACK")


def _postgresql_sentence(error: Exception) -> IncidentError | None:
    import psycopg

    if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
        return StoreBusy(f"The database is busy: another process has held a row for {BUSY_SECONDS} s. Try again.")
    if isinstance(error, psycopg.OperationalError):
        return StoreMissing("The connection to PostgreSQL was lost. Nothing half-done was kept; try again.")
    return None


class _Bound:
    """aiosql's functions with the connection filled in, and the drivers' errors as sentences."""

    def __init__(self, store: Store, queries: Any) -> None:
        self._store = store
        self._queries = queries

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._queries, name)
        bound = partial(self._run, function)
        setattr(self, name, bound)
        return bound

    def _run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        with self._store._translated():
            result = function(self._store.connection, *args, **kwargs)
        return self._rows(result) if isinstance(result, Iterator) else result

    def _rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        """A stream of rows asks the database only when it is read: its errors are sentences too."""
        with self._store._translated():
            yield from rows


@cache
def _load(package: str, dialect: Dialect) -> Any:
    """queries.sql of a package; a query of the same name in queries.postgresql.sql takes its place there."""
    folder = Path(importlib.import_module(package).__path__[0])
    text = (folder / "queries.sql").read_text(encoding="utf-8")
    override = folder / "queries.postgresql.sql"
    if dialect == "postgresql" and override.is_file():
        replaced = override.read_text(encoding="utf-8")
        names = {_query_name(block) for block in _blocks(replaced)}
        text = "".join(block for block in _blocks(text) if _query_name(block) not in names) + "\n" + replaced
    driver = "psycopg" if dialect == "postgresql" else "sqlite3"
    return aiosql.from_str(text, driver)


def _blocks(text: str) -> list[str]:
    return ["-- name:" + part for part in text.split("-- name:")[1:]]


def _query_name(block: str) -> str:
    return block.removeprefix("-- name:").strip().split("(")[0].strip()


@cache
def _pyformat(sql: str) -> str:
    import re

    return re.sub(r"(?<![:\w]):([a-z_][a-z0-9_]*)", r"%(\1)s", sql.replace("%", "%%"))


def open_store(url: str) -> Store:
    """Opens `sqlite:///absolute/path` or `postgresql://…`. Raises StoreMissing with what to do."""
    if url.startswith("sqlite:///"):
        return _open_sqlite(url)
    if url.startswith(("postgresql://", "postgres://")):
        return _open_postgresql(url)
    raise StoreMissing("store.url must begin with sqlite:/// or postgresql://")


def _dict_row(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _open_sqlite(url: str) -> Store:
    path = Path("/" + url.removeprefix("sqlite:///").lstrip("/"))
    try:
        if not path.exists():  # private from its first byte; WAL and shm files inherit the mode
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = _dict_row
        _use_wal(connection)
        # Sorting takes a few megabytes of memory, then unnamed files: a million rows need no more.
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=FILE", "wal_autocheckpoint=4000"):
            connection.execute(f"PRAGMA {pragma}")
    except (OSError, sqlite3.Error) as error:
        hint = " It belongs to another user; run as its owner." if "readonly" in str(error) else ""
        raise StoreMissing(f"The database {path} cannot be opened: {error}.{hint}") from error
    return Store(url, "sqlite", connection, partial(_open_sqlite, url))


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
        connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
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
