"""What is kept of a restricted incident (receipts, archives, proofs) is no way round to it."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import Ran, run

AS_SECOND = ("--as", "second")
LINE = ("--param", "dc=sh1", "--no-work")


def typed(folder: Path, *line: str) -> Ran:
    return run(*line, "--workspace", folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two incidents that told people and are over; the first is for who declared it."""
    folder = tmp_path_factory.mktemp("kept") / "oncall"
    assert run("init", folder).exit == 0
    typed(folder, "audience", "import", str(folder / "audience" / "sample.csv"))
    for number in ("1", "2"):
        assert typed(folder, "declare", "datacenter-loss", *LINE).exit == 0
        sent = typed(folder, "approve", number, "first-notice", *AS_SECOND, "--yes", "8")
        assert sent.exit == 0, sent.err
        assert typed(folder, "cancel", number, "--reason", "x", "--force").exit == 0
    assert typed(folder, "restrict", "1", "--to", "legal", "--reason", "x").exit == 0
    return folder


def test_receipts_of_it_are_left_out(folder: Path) -> None:
    """As many as were asked for, of others; its own are shown to who may see it."""
    columns = "broadcast, delivery, source, kind, permanent, sure, code, enhanced, words, happened_at, recorded_at"
    with sqlite3.connect(folder / "incident.db") as database:
        database.execute(
            f"INSERT INTO receipt ({columns}) SELECT b.no, d.no, 's' || b.no || d.no, 'bounced', 1, 1, '', '', '', 0,"
            " 1000000 - b.no FROM broadcast b JOIN delivery d ON d.broadcast = b.no WHERE b.step = 'first-notice'"
        )
    shown = typed(folder, "receipt", "list", "--limit", "1", "--output", "json", *AS_SECOND)
    assert [one["incident"] for one in shown.json["receipts"]] == ["INC-2026-002"], shown.err
    assert "INC-2026-001" in typed(folder, "receipt", "list", "--limit", "99").out


def test_verify_tells_that_and_not_what(folder: Path) -> None:
    """Who may not see it learns where to look; who may, which words were changed."""
    with sqlite3.connect(folder / "incident.db") as database:
        database.execute("UPDATE broadcast SET people = 7 WHERE incident = 'INC-2026-001' AND step = 'first-notice'")
    hidden, mine = typed(folder, "verify", *AS_SECOND), typed(folder, "verify")
    assert (hidden.exit, mine.exit) == (24, 24)
    assert ("first-notice" in hidden.err, "first-notice" in mine.err) == (False, True), hidden.err
    assert "incident verify INC-2026-001" in " ".join(hidden.err.split())


def test_an_archive_leaves_it_where_it_is(folder: Path, tmp_path: Path) -> None:
    """Neither its texts nor its addresses go into the file, its rows stay, and it is said."""
    file = tmp_path / "a.jsonl.gz"
    done = typed(folder, "outbox", "archive", "--older-than", "0s", "--to", str(file), "--output", "json", *AS_SECOND)
    assert done.exit == 0, done.err
    assert {one["incident"] for one in done.json["broadcasts"]} == {"INC-2026-002"}
    assert done.json["restricted"] > 0
    assert "INC-2026-001" not in gzip.decompress(file.read_bytes()).decode()
    broken = typed(folder, "verify").err
    assert ("INC-2026-001" in broken, "INC-2026-002" in broken) == (True, False), "what was archived is not missing"
    mine = typed(folder, "outbox", "archive", "--older-than", "0s", "--to", str(tmp_path / "b.gz"), "--output", "json")
    assert {one["incident"] for one in mine.json["broadcasts"]} == {"INC-2026-001"}
