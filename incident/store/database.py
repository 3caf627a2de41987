"""One connection to the database, its transactions, and the SQL texts that run on it."""

from __future__ import annotations

import importlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
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
    """An open database. One thread uses it at a time; `another()` opens one more for another thread.

    `read_only`: it could be opened for looking alone (a disk that was mounted read-only, another user's file)."""

    def __init__(
        self, url: str, dialect: Dialect, connection: Any, reopen: Callable[[], Store], *, read_only: bool = False
    ) -> None:
        self.url = url
        self.dialect: Dialect = dialect
        self.connection = connection
        self.another = reopen
        self.read_only = read_only
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
            self._execute("BEGIN IMMEDIATE" if self.dialect == "sqlite" and not self.read_only else "BEGIN")
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
        return _Bound(self, package)

    def tuples(self, package: str, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of a package's query as plain tuples, in the order of its columns. For thousands of rows at a time,
        where a dict for each costs more than the database does."""
        text = _load(package, self.dialect, query).sql
        with self._translated():
            if self.dialect == "postgresql":
                from psycopg.rows import tuple_row

                return list(self.connection.cursor(row_factory=tuple_row).execute(text, parameters).fetchall())
            cursor = self.connection.cursor()
            cursor.row_factory = None
            return list(cursor.execute(text, parameters).fetchall())

    def write_tuples(self, package: str, query: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Runs a package's query for each of thousands of rows; returns how many it changed in all. Each holds the
        values in the order of the `:names` in the query: looking the names up costs as much as writing."""
        text = _by_order(_load(package, self.dialect, query).sql, self.dialect)
        with self._translated():
            cursor = self.connection.cursor()
            cursor.executemany(text, rows)
            return max(0, int(cursor.rowcount))  # -1 for no rows at all

    def execute(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        """Runs a text built by a translator (segments); `:name` parameters on both databases. Returns the cursor."""
        with self._translated():
            if self.dialect == "postgresql":
                return self.connection.execute(_pyformat(sql), parameters or {})
            return self.connection.execute(sql, parameters or {})

    def damage(self) -> str:
        """What SQLite finds wrong in its file, in its words; '' for nothing. It reads every page. PostgreSQL looks
        after its own files."""
        if self.dialect != "sqlite":
            return ""
        with self._translated():
            (row,) = self.connection.execute("PRAGMA quick_check(1)").fetchall()
        return "" if row["quick_check"] == "ok" else " ".join(str(row["quick_check"]).split())

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
                raise StoreMissing(
                    "The database is read-only: nothing can be changed. Check the disk, and the owner of the file."
                ) from error
            raise
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # a mistake of ours has a class of its own
                raise
            raise StoreMissing(
                f"The database is damaged: {error}. Put it aside, and the last copy (incident backup) in its place."
            ) from error
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
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return StoreMissing("PostgreSQL is read-only (a standby?): nothing can be changed. Ask for the primary.")
    if isinstance(error, psycopg.OperationalError):
        return StoreMissing("The connection to PostgreSQL was lost. Nothing half-done was kept; try again.")
    return None


class _Bound:
    """aiosql's functions with the connection filled in, and the drivers' errors as sentences."""

    def __init__(self, store: Store, package: str) -> None:
        self._store = store
        self._package = package

    def __getattr__(self, name: str) -> Any:
        bound = partial(self._run, _load(self._package, self._store.dialect, name))
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
def _load(package: str, dialect: Dialect, name: str) -> Any:
    """One query of a package. Only what is called is parsed: a light command asks three of two hundred."""
    blocks = _texts(package, dialect)
    if name not in blocks:
        raise AttributeError(f"{package} has no query {name}")
    queries = aiosql.from_str(blocks[name], "psycopg" if dialect == "postgresql" else "sqlite3")
    return getattr(queries, name)


@cache
def _texts(package: str, dialect: Dialect) -> dict[str, str]:
    """queries.sql of a package; a query of the same name in queries.postgresql.sql takes its place there."""
    folder = Path(importlib.import_module(package).__path__[0])
    files = [folder / "queries.sql"]
    override = folder / "queries.postgresql.sql"
    if dialect == "postgresql" and override.is_file():
        files.append(override)
    return {_query_name(block): block for file in files for block in _blocks(file.read_text(encoding="utf-8"))}


def _blocks(text: str) -> list[str]:
    return ["-- name:" + part for part in text.split("-- name:")[1:]]


def _query_name(block: str) -> str:
    """`-- name: locked_run(id)^` is `locked_run`."""
    return block.removeprefix("-- name:").split(maxsplit=1)[0].split("(")[0].rstrip("^$!#*<>")


@cache
def _pyformat(sql: str) -> str:
    import re

    return re.sub(r"(?<![:\w]):([a-z_][a-z0-9_]*)", r"%(\1)s", sql.replace("%", "%%"))


@cache
def _by_order(sql: str, dialect: Dialect) -> str:
    """A loaded query with places instead of names."""
    import re

    if dialect == "postgresql":
        return re.sub(r"%\([a-z_]+\)s", "%s", sql)
    return re.sub(r"(?<![:\w]):[a-z_]+", "?", sql)
