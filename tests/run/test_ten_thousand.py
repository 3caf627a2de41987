"""Ten thousand open runs, each with a gate, a page, a question and a time-out: a worker looks over them in no time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from incident.now import ms
from incident.run import audit, worker
from incident.store import Row, Store
from incident.wiring import Console
from tests.clock import MovableClock
from tests.run import house
from tests.run.playbooks import book

RUNS = 10_000
DUE = 20
KEPT = ("journal", "broadcast")
"""Rows that are numbered through the whole database, and that no look over runs reads."""
MOST_SECONDS = 1.0
"""Of the processor's time: what else the machine does is not counted."""

STEPS = """\
  - id: first-notice
    type: announce
    template: first-notice
    audience: everyone
    approval: {by: [comms], within: 20m, on_expire: send-holding}
  - {id: reach, type: ask, choices: [north, south], timeout: 1h, on_timeout: escalate, needs: []}
  - {id: wake, type: page, to: commander, text: Wake up, repeat: 5m, needs: []}
  - {id: moment, type: wait, for: 72h, needs: []}
"""


@pytest.fixture
def console(tmp_path: Path, sqlite_store: Store, clock: MovableClock) -> Console:
    """One incident declared, and copied until there are ten thousand."""
    house.write(tmp_path / "w", playbooks={"small": book("small", STEPS)}, store=sqlite_store.url)
    opened = house.opened(tmp_path / "w", clock)
    house.import_people(opened, 3)
    copied(opened.store, house.declared(opened, "small").incident)
    return opened


def test_looking_over_them_takes_less_than_a_second(console: Console, clock: MovableClock) -> None:
    """What is due among them, what was forgotten, and when to look again."""
    open_ones = console.store.execute("SELECT count(*) AS n FROM run WHERE state = 'running'").fetchone()["n"]
    assert open_ones == RUNS
    assert spent(lambda: looked_over(console)) < MOST_SECONDS
    due = {"now": ms(clock() - timedelta(hours=1)), "most": DUE}
    console.store.execute("UPDATE run SET next_due = :now WHERE id IN (SELECT id FROM run LIMIT :most)", due)
    assert len(audit.look(console.store, clock())) == DUE
    assert spent(lambda: looked_over(console)) < MOST_SECONDS
    assert audit.look(console.store, clock()) == [], "those that were due have gone on"


def looked_over(console: Console) -> None:
    worker.look_after_runs(console.office)
    audit.look(console.store, console.clock())
    assert worker.next_turn(console.office) is not None


def spent(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def copied(store: Store, incident: str) -> None:
    """Every row of the incident once for each number, under a name of its own."""
    tables = [row["name"] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    with store.transaction():
        for table in tables:
            columns = [
                row["name"] for row in store.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()
            ]
            belongs = next((one for one in ("incident", "run") if one in columns), "id" if table == "incident" else "")
            if belongs and table not in KEPT:
                _copy(store, table, columns, belongs, incident)


def _copy(store: Store, table: str, columns: list[str], belongs: str, incident: str) -> None:
    found = store.execute(f"SELECT rowid AS place, * FROM {table} WHERE {belongs} LIKE '{incident}%'").fetchall()
    for row in found:
        store.execute(
            f"""WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {RUNS})
            INSERT INTO {table} ({", ".join(columns)})
            SELECT {", ".join(_value(table, name, row, incident) for name in columns)}
            FROM {table} t, n WHERE t.rowid = {row["place"]}"""
        )


def _value(table: str, name: str, row: Row, incident: str) -> str:
    """The column's value in the copy: the number, the name with its number, or the same."""
    if table == "incident" and name == "number":
        return "n.i"
    if isinstance(row[name], str) and incident in row[name]:
        return f"replace(t.{name}, '{incident}', printf('INC-2026-%03d', n.i))"
    return f"t.{name} || '.' || n.i" if name == "id" else f"t.{name}"
