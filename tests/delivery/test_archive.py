"""Finished broadcasts leave the ledger for a file; what was counted stays, and the file is held to it."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path

import pytest

from incident import journal
from incident.channel.port import Deferred, Sent
from incident.delivery import archive, outbox
from incident.delivery.archive import removing, writing
from incident.delivery.reconcile import sum_of
from incident.errors import Conflict, DoesNotAddUp, NotFound, StoreMissing, WrongState
from incident.journal import Actor
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering

LI = Actor(person="li", os_user="li")


@pytest.fixture
def finished(store: Store, clock: MovableClock) -> Store:
    """Sixty people, one of whom was told at the second try; a hundred days ago."""
    ledger.add_recipients(store, 60)
    ledger.broadcast(store, clock())
    tries = iter([Deferred("mailbox_full", "452")])
    way = Answering(answers=lambda one: next(tries, Sent("250")) if one.recipient == "u00007" else Sent("250"))
    ledger.send(store, ledger.line(way), clock)
    clock.advance("15m")
    ledger.send(store, ledger.line(way), clock)
    clock.advance("100d")
    return store


def lines(file: Path) -> list[dict[str, object]]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        return [json.loads(line) for line in opened]


def put_away(store: Store, clock: MovableClock, target: Path) -> None:
    archive.put_away(store, archive.old(store, None, clock()), target, LI, clock())


def test_rows_go_and_sums_stay(finished: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Reconcile says the same before and after; the live tables are empty; the file has every row and attempt."""
    row = finished.queries("incident.delivery").broadcast_by_no(no=1)
    before = sum_of(finished, row)
    put_away(finished, clock, tmp_path / "old.jsonl.gz")
    after = sum_of(finished, row)
    assert (after.total, after.channels, after.locales) == (before.total, before.channels, before.locales)
    assert after.total.adds_up
    assert after.archived is not None
    for table in ("delivery", "attempt", "rendering", "pulse"):
        assert finished.execute(f"SELECT count(*) AS n FROM {table}").fetchone()["n"] == 0
    kinds = [next(iter(line)) for line in lines(tmp_path / "old.jsonl.gz")]
    assert (kinds.count("delivery"), kinds.count("attempt"), kinds.count("rendering")) == (60, 1, 1)


def test_the_file_is_private_and_its_hash_stands_on_the_timeline(
    finished: Store, clock: MovableClock, tmp_path: Path
) -> None:
    """Addresses stand in it; whoever changes it is found out."""
    file = tmp_path / "old.jsonl.gz"
    put_away(finished, clock, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (entry,) = [one for one in journal.read(finished, "INC-2026-001") if one.kind == "broadcast.archived"]
    assert (entry.detail["sha256"], entry.detail["rows"]) == (writing.digest(file), 60)
    assert [one["step"] for one in archive.verify(finished, file)] == ["first-notice"]
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(NotFound, match="stands nowhere on record"):
        archive.verify(finished, file)


def test_a_record_that_was_changed_is_found_out(finished: Store, clock: MovableClock, tmp_path: Path) -> None:
    """The sums, or the hash, of the database are others than those of the file and the timeline."""
    put_away(finished, clock, tmp_path / "old.jsonl.gz")
    finished.execute("UPDATE archive_sum SET rows_ = rows_ + 1")
    with pytest.raises(DoesNotAddUp, match="what was counted"):
        archive.verify(finished, tmp_path / "old.jsonl.gz")
    other = tmp_path / "other.jsonl.gz"
    other.write_bytes(gzip.compress(b"{}"))
    finished.execute("UPDATE archive SET sha256 = :sha", {"sha": writing.digest(other)})
    with pytest.raises(DoesNotAddUp, match="timeline"):
        archive.verify(finished, other)


def test_what_was_retried_meanwhile_stays(finished: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Nothing has left then, and there is no file."""
    found = archive.old(finished, None, clock())
    finished.execute("UPDATE broadcast SET state = 'sending'")
    with pytest.raises(Conflict):
        archive.put_away(finished, found, tmp_path / "old.jsonl.gz", LI, clock())
    assert list(tmp_path.glob("*.gz*")) == []
    assert finished.execute("SELECT count(*) AS n FROM delivery").fetchone()["n"] == 60


def test_whoever_was_interrupted_leaves_no_rows_behind(
    finished: Store, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the sums were kept: it adds up at once, and the next archive takes the rows away."""
    with monkeypatch.context() as patched:
        patched.setattr(removing, "tidy", lambda store: None)
        put_away(finished, clock, tmp_path / "old.jsonl.gz")
    row = finished.queries("incident.delivery").broadcast_by_no(no=1)
    assert sum_of(finished, row).total.adds_up
    assert finished.execute("SELECT count(*) AS n FROM delivery").fetchone()["n"] == 60
    archive.tidy(finished)
    assert finished.execute("SELECT count(*) AS n FROM delivery").fetchone()["n"] == 0
    assert sum_of(finished, row).total.audience == 60


def test_what_is_archived_is_not_sent_again(finished: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Nor archived a second time."""
    put_away(finished, clock, tmp_path / "old.jsonl.gz")
    assert archive.old(finished, None, clock()) == []
    row = finished.queries("incident.delivery").broadcast_by_no(no=1)
    with pytest.raises(WrongState, match=r"old\.jsonl\.gz"):
        outbox.retry(finished, row, clock())


def test_only_what_is_over_and_old(store: Store, clock: MovableClock) -> None:
    """What is being sent, what was over yesterday and what belongs to an open incident stays."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    start = clock()
    clock.advance("100d")
    assert archive.old(store, None, clock()) == []
    ledger.drain(store, ledger.line(Answering()), clock)
    assert archive.old(store, None, start) == []
    assert [one["no"] for one in archive.old(store, None, clock.advance("1d"))] == [row["no"]]
    store.execute(
        "INSERT INTO incident (id, year, number, title, playbook, kind, severity, phase, state, params, contact,"
        " declared_by, declared_at, began_at) VALUES ('INC-2026-001', 2026, 1, '{}', 'p', 'other', 'sev2',"
        " 'investigating', 'open', '{}', '{}', 'li', 0, 0)"
    )
    assert archive.old(store, None, clock()) == []


def test_a_name_that_is_taken_is_refused(finished: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Nothing is overwritten."""
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreMissing, match="exists already"):
        put_away(finished, clock, tmp_path / "mine")
    assert finished.execute("SELECT count(*) AS n FROM delivery").fetchone()["n"] == 60
