"""From version 1 to the present: what is there stays, a copy is made first, and a broken step can be repeated."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from incident import journal
from incident.delivery.reconcile import sum_of
from incident.journal import Actor
from incident.receipt.record import read
from incident.receipt.sources import callbacks
from incident.store import Store, migrate, open_store, versions
from tests.cli.program import run
from tests.clock import START, MovableClock
from tests.delivery import ledger

SPINE = Path(__file__).parents[2] / "incident" / "store" / "migrations" / "0001_spine.sql"


def make_version_1(url: str) -> None:
    """A database as the first release made it, with its own SQL and nothing later."""
    store = open_store(url, make=True)
    text = re.sub(rf"/\*{store.dialect} (.*?)\*/", r"\1", SPINE.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"/\*\w+ .*?\*/|--[^\n]*", "", text, flags=re.DOTALL)
    for statement in filter(str.strip, text.split(";")):
        store.execute(statement)
    store.execute("INSERT INTO schema_version (number, name, applied_at) VALUES (1, 'spine', 0)")
    store.close()


def sent_by_version_1(store: Store) -> tuple[str, int]:
    """A broadcast that went out to three, as the first release wrote it; (its id, its number)."""
    ledger.add_recipients(store, 3)
    store.execute(
        "INSERT INTO broadcast (no, id, lane, incident, step, revision, message, audience, people, hash, critical,"
        " thread, state, frozen_at) VALUES (1, 'abcdefgh', 1, 'INC-2026-001', 'first-notice', 1, 'first-notice',"
        " 'everyone', 3, 'h', 0, 'INC-2026-001', 'finished', 0)"
    )
    store.execute(
        "INSERT INTO delivery (broadcast, no, recipient, channel, locale, address, name, state, attempts)"
        " SELECT 1, row_number() OVER (ORDER BY id), id, 'email', locale, email, name, 'accepted', 1 FROM recipient"
    )
    return "abcdefgh", 1


def sent_now(store: Store, clock: MovableClock) -> tuple[str, int]:
    """A broadcast that went out to three; (its id, its number)."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    store.execute("UPDATE delivery SET state = 'accepted', attempts = 1")
    return row["id"], row["no"]


@pytest.mark.parametrize("program", ["old rows", "new rows"])
def test_rows_of_before_have_receipts_afterwards(
    program: str, empty_url: str, clock: MovableClock, tmp_path: Path
) -> None:
    """What was sent before the migration gets its receipts like what is sent after it; the sums are as they were."""
    make_version_1(empty_url)
    store = open_store(empty_url)
    assert versions(store)[0] == 1
    if program == "new rows":
        migrate(store, clock())
        key, no = sent_now(store, clock)
    else:
        key, no = sent_by_version_1(store)
        assert migrate(store, clock())[0] == "0002_receipts"
    broadcast = store.queries("incident.delivery").broadcast_by_no(no=no)
    before = sum_of(store, broadcast).total
    file = tmp_path / "callbacks.jsonl"
    file.write_text(json.dumps({"key": f"{key}.1", "event": "bounced", "code": "5.1.1"}), encoding="utf-8")
    counted = read(store, callbacks(file), Actor(person="worker", os_user="root"), clock)
    assert (counted["bounced"], counted["suppressed"]) == (1, 1)
    assert sum_of(store, broadcast).total == before
    assert journal.verify(store) == 2
    store.close()


def test_typed(tmp_path: Path) -> None:
    """An old workspace: commands refuse and name the way, `store migrate` copies first, then everything works; the copy
    still is a database of version 1."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    (folder / "incident.db").unlink()
    make_version_1(f"sqlite:///{folder / 'incident.db'}")
    refused = run("list", "--workspace", folder)
    assert refused.exit == 6
    assert "incident store migrate" in refused.err
    done = run("store", "migrate", "--workspace", folder, "--output", "json")
    assert done.exit == 0, done.err
    assert (done.json["from"], done.json["applied"][0]) == (1, "0002_receipts")
    copy = open_store(f"sqlite:///{done.json['backup']}")
    assert versions(copy)[0] == 1
    copy.close()
    assert run("receipt", "list", "--workspace", folder).out == "Nothing has come back.\n"
    assert run("list", "--workspace", folder).exit == 0


def test_stopped_half_way(empty_url: str) -> None:
    """A migration that fails leaves version 1 as it was, and goes through once what was in the way is gone."""
    make_version_1(empty_url)
    store = open_store(empty_url)
    store.execute("CREATE INDEX receipt_delivery ON delivery (name)")
    with pytest.raises(Exception, match="receipt_delivery"):
        migrate(store, START)
    assert versions(store)[0] == 1
    store.execute("DROP INDEX receipt_delivery")
    assert migrate(store, START)[0] == "0002_receipts"
    store.close()
