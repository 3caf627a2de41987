"""The store keeps what it promised, on both databases."""

from __future__ import annotations

import stat
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from incident.errors import StoreBusy, StoreMissing
from incident.store import Store, database, open_store

ADD = "INSERT INTO suppression (address, reason, at, actor) VALUES (:address, 'bounced', 0, 'li')"


def add(store: Store, address: str) -> None:
    store.execute(ADD, {"address": address})


def addresses(store: Store) -> list[str]:
    return [row["address"] for row in store.execute("SELECT address FROM suppression ORDER BY address").fetchall()]


def be_impatient(store: Store) -> None:
    """Waits 50 ms instead of half a minute."""
    store.execute("PRAGMA busy_timeout = 50" if store.dialect == "sqlite" else "SET lock_timeout = '50ms'")


def test_a_transaction_keeps_all_of_it(store: Store) -> None:
    """What was written in a transaction is there for the next connection."""
    with store.transaction():
        add(store, "a")
        add(store, "b")
    other = store.another()
    assert addresses(other) == ["a", "b"]
    other.close()


def test_a_failing_transaction_keeps_nothing(store: Store) -> None:
    """An exception undoes everything since the transaction began, and rises unchanged."""
    with pytest.raises(KeyError, match="gone"), store.transaction():  # noqa: PT012 - both belong together
        add(store, "a")
        raise KeyError("gone")
    assert addresses(store) == []


def test_a_transaction_inside_one_joins_it(store: Store) -> None:
    """The inner one commits nothing of its own: when the outer one fails, both are undone."""
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        with store.transaction():
            add(store, "inner")
        raise KeyError
    assert addresses(store) == []


def test_a_failure_inside_undoes_the_outer_one_too(store: Store) -> None:
    """An exception that leaves the inner transaction and the outer one undoes both, and the next one works."""
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        add(store, "outer")
        with store.transaction():
            raise KeyError
    with store.transaction():
        add(store, "later")
    assert addresses(store) == ["later"]


def test_a_failing_statement_undoes_its_transaction(store: Store) -> None:
    """A driver's error inside nested transactions rises as itself; the store is usable and atomic afterwards."""
    with pytest.raises(Exception, match="no_such_table"), store.transaction():  # noqa: PT012
        add(store, "outer")
        with store.transaction():
            store.execute("SELECT 1 FROM no_such_table")
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        add(store, "again")
        raise KeyError
    assert addresses(store) == []


def test_a_busy_database_says_so(store: Store) -> None:
    """Who waits too long for another process's transaction reads a sentence, and may try again."""
    add(store, "a")
    other = store.another()
    be_impatient(other)
    with store.transaction():
        store.execute("UPDATE suppression SET reason = 'x' WHERE address = 'a'")
        with pytest.raises(StoreBusy, match="another process has held"), other.transaction():
            other.execute("UPDATE suppression SET reason = 'y' WHERE address = 'a'")
    with other.transaction():
        add(other, "b")
    assert addresses(store) == ["a", "b"]
    other.close()


def test_the_file_and_its_companions_are_private(sqlite_store: Store, tmp_path: Path) -> None:
    """The database holds addresses of people: nobody else on the machine may read it, nor its WAL."""
    add(sqlite_store, "a")
    files = sorted(tmp_path.glob("incident.db*"))
    assert {file.name for file in files} == {"incident.db", "incident.db-wal", "incident.db-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_ledger_survives_a_power_cut(sqlite_store: Store) -> None:
    """WAL with synchronous=FULL (2): a committed row is on the disk."""
    assert sqlite_store.execute("PRAGMA journal_mode").fetchone() == {"journal_mode": "wal"}
    assert sqlite_store.execute("PRAGMA synchronous").fetchone() == {"synchronous": 2}


def test_two_writers_lose_nothing(store: Store) -> None:
    """Two processes that write at once wait for each other; each of their rows is there."""
    script = (
        "import sys; from incident.store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "for n in range(50):\n"
        "    with store.transaction():\n"
        f"        store.execute({ADD!r}, {{'address': f'{{sys.argv[2]}}-{{n}}'}})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, store.url, name]) for name in ("left", "right")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert len(addresses(store)) == 100


def test_a_password_never_prints() -> None:
    """Neither the store's repr nor the sentence of a failed connection holds the password of its URL."""
    with pytest.raises(StoreMissing) as failed:
        open_store("postgresql://li:s3cret-canary@127.0.0.1:1/none?connect_timeout=1")
    assert "s3cret-canary" not in str(failed.value)


@pytest.mark.parametrize("url", ["mysql://x/y", "incident.db", "sqlite:///no/such/folder/incident.db"])
def test_a_store_that_cannot_be_opened_is_one_sentence(url: str) -> None:
    """A wrong URL or folder is a StoreMissing, no traceback."""
    with pytest.raises(StoreMissing):
        open_store(url)


def _packages_with_queries() -> list[str]:
    root = Path(str(resources.files("incident")))
    return sorted(".".join(["incident", *file.parent.relative_to(root).parts]) for file in root.rglob("queries.sql"))


@pytest.mark.parametrize("package", _packages_with_queries())
def test_every_query_is_understood_by_both_databases(store: Store, package: str) -> None:
    """Each query of each package prepares against the real schema: its tables, columns and syntax exist there."""
    names = database._texts(package, store.dialect)
    assert names
    texts = [database._load(package, store.dialect, name).sql for name in names]
    for text in texts:
        if text.lstrip().startswith("CREATE TEMP TABLE"):  # the others use it, and PREPARE takes no CREATE
            store.connection.execute(text)
    for text in texts:
        if not text.lstrip().startswith(("CREATE", "DROP")):
            _prepare(store, text)


def _prepare(store: Store, sql: str) -> None:
    if store.dialect == "sqlite":
        parameters = dict.fromkeys(_sqlite_parameters(sql))
        store.connection.execute("EXPLAIN " + sql, parameters)
        return
    numbered, _ = _numbered(sql)
    store.connection.execute(b"PREPARE probe AS " + numbered)
    store.connection.execute("DEALLOCATE probe")


def _sqlite_parameters(sql: str) -> set[str]:
    import re

    return set(re.findall(r"(?<![:\w]):([a-z_][a-z0-9_]*)", sql))


def _numbered(sql: str) -> tuple[bytes, list[str]]:
    """`%(name)s` as `$1`, as psycopg itself does it."""
    import re

    names: list[str] = []

    def place(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return re.sub(r"%\(([a-z_][a-z0-9_]*)\)s", place, sql).replace("%%", "%").rstrip("; \n").encode(), names
