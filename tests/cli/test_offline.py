"""Without the database: whom to call and what to say, a local journal, and how it joins the timeline later."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from incident import journal, lifecycle
from incident.errors import StoreMissing
from incident.ident import Series
from incident.journal import Actor, local
from incident.journal.local import Line, Torn
from incident.lifecycle import Incident, offline
from incident.store import Store
from tests.cli.program import run
from tests.clock import START

LI = Actor(person="li", os_user="root")


def line(name: str = "a", incident: str = "", text: str = "called wang") -> Line:
    return Line(
        id=name,
        incident=incident,
        text=text,
        happened_at=START - timedelta(hours=1),
        recorded_at=START,
        person="chen",
        os_user="root",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose database is no database any more, and must not be missed."""
    folder = tmp_path / "oncall"
    run("init", folder)
    (folder / "incident.db").write_bytes(b"nothing " * 1_000)
    return folder


# --- the plan


def test_the_plan_needs_no_database(folder: Path) -> None:
    """The call tree with whole numbers, each playbook, its words in every language."""
    settings = folder / "incident.yaml"
    text = settings.read_text(encoding="utf-8").replace(
        "    os_users:", "    phone: '+86 10 5555 0100'\n    os_users:", 1
    )
    settings.write_text(text, encoding="utf-8")
    shown = run("offline", "plan", "datacenter-loss", "--output", "json", "--workspace", folder)
    assert shown.exit == 0, shown.err
    assert shown.json["calls"][0]["phone"] == "+86 10 5555 0100"
    words = {(one["message"], one["locale"]): one for one in shown.json["words"]}
    assert {locale for _, locale in words} == {"zh-Hans", "zh-Hant", "en"}
    assert [one for one in words.values() if one["problem"] or not one["text"]] == []


def test_every_shipped_playbook_has_words_on_paper(folder: Path) -> None:
    """No message of any playbook is missing when there is nothing but paper."""
    shown = run("offline", "plan", "--output", "json", "--workspace", folder).json
    assert [one for one in shown["words"] if one["problem"]] == []
    assert len(shown["playbooks"]) > 2


def test_the_plan_can_be_printed(folder: Path, tmp_path: Path) -> None:
    """One file for the drawer."""
    made = run("offline", "plan", "--format", "html", "--to", tmp_path / "drawer.html", "--workspace", folder)
    assert made.exit == 0, made.err
    assert "<h2>Whom to call</h2>" in (tmp_path / "drawer.html").read_text(encoding="utf-8")


def test_a_playbook_with_mistakes_keeps_no_other_from_being_printed(folder: Path) -> None:
    """It is said, and left out."""
    (folder / "playbooks" / "bad.yaml").write_text("id: [", encoding="utf-8")
    shown = run("offline", "plan", "--output", "json", "--workspace", folder)
    assert (shown.exit, len(shown.json["problems"]), "bad" in shown.json["playbooks"]) == (0, 1, False)


# --- the console says what it can still do


def test_who_meets_a_dead_database_is_told_what_is_left(tmp_path: Path) -> None:
    """The database's folder is gone: the sentence, then what can still be done."""
    folder = tmp_path / "oncall"
    run("init", folder)
    settings = folder / "incident.yaml"
    text = settings.read_text(encoding="utf-8").replace("store:\n", "store:\n  url: sqlite:////nowhere/x.db\n", 1)
    settings.write_text(text, encoding="utf-8")
    refused = run("list", "--workspace", folder)
    assert (refused.exit, "incident offline plan" in refused.err) == (5, True)
    assert run("offline", "note", "seen", "--workspace", folder).exit == 0


def test_a_file_that_is_damaged_in_the_middle_is_no_crash(tmp_path: Path) -> None:
    """It opens, and breaks only where its table of incidents lies: the sentence, and what is left."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    file = folder / "incident.db"
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'incident'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    database.close()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\x55" * size)
    for line in ("list", "show 1", "note 1 x"):
        refused = run(*line.split(), "--workspace", folder)
        assert (refused.exit, "is damaged" in refused.err, "incident offline plan" in refused.err) == (5, True, True)
    assert run("doctor", "--workspace", folder).exit == 15


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A workspace with an incident, on a disk that has turned read-only: nobody may write there."""
    with tempfile.TemporaryDirectory(prefix="incident-") as room:
        folder = Path(room) / "oncall"
        run("init", folder)
        run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
        for one in (Path(room), folder, *folder.rglob("*")):
            one.chmod(0o555 if one.is_dir() else 0o444)
        yield folder
        for one in (Path(room), folder):
            one.chmod(0o755)


_MODES_BIND = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: not even root may write what is read-only
os.execv(sys.executable, [sys.executable, "-m", "incident", *sys.argv[1:]])
"""


def powerless(*line: str | Path) -> tuple[int, str, str]:
    """The program as somebody whom file modes bind."""
    command = [sys.executable, "-B", "-c", _MODES_BIND, *map(str, line)]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_database_that_cannot_be_written_can_be_looked_at(read_only: Path) -> None:
    """What stands in it is shown, with a warning; doctor names what is wrong."""
    code, out, err = powerless("show", "1", "--output", "json", "--workspace", read_only)
    assert (code, json.loads(out)["state"], "read-only" in err) == (0, "open", True)
    for line in ("list", "timeline 1", "review 1", "handover 1", "explain 1", "verify"):
        assert powerless(*line.split(), "--workspace", read_only)[0] == 0, line
    assert "can be read, and not be written" in powerless("doctor", "--workspace", read_only)[1]


def test_a_database_that_cannot_be_written_says_so_when_it_should_be(read_only: Path) -> None:
    """The worker does not look as if it worked; whoever types it is told what is left."""
    code, _, err = powerless("work", "--until-idle", "--workspace", read_only)
    assert (code, "is read-only" in err, "incident offline plan" in err) == (5, True, True)


# --- the local journal


def test_a_line_is_on_the_disk_when_it_comes_back(folder: Path) -> None:
    """Typed twice without a database: two lines, private, in their order."""
    for words in ("called wang", "status page by hand"):
        assert run("offline", "note", words, "--incident", "7", "--workspace", folder).exit == 0
    file = folder / local.FILE
    lines = list(local.read(file))
    assert [one.text for one in lines if isinstance(one, Line)] == ["called wang", "status page by hand"]
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_after_a_torn_line_the_next_stands_whole(tmp_path: Path) -> None:
    """A crash in the middle of a line loses that line, and no other."""
    file = tmp_path / "offline.jsonl"
    local.append(file, line("a"))
    file.write_bytes(file.read_bytes() + b'{"schema": "incident.offl')
    local.append(file, line("b"))
    read = list(local.read(file))
    assert [one.id if isinstance(one, Line) else one for one in read] == ["a", Torn(2), "b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """And another way is named."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreMissing, match="--file"):
        local.append(tmp_path / "offline.jsonl", line())


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    """And another way is named."""
    with pytest.raises(StoreMissing, match="--file"):
        local.append(tmp_path, line())


# --- joining the timeline


def _everybody(_: Incident) -> bool:
    return True


def declared(store: Store) -> str:
    made = lifecycle.declare(
        store,
        LI,
        START,
        series=Series(2026),
        title={"en": "x"},
        playbook="x",
        kind="outage",
        severity="sev2",
        params={},
        contact={},
    )
    return made.id


def test_lines_join_once_with_their_own_time(store: Store) -> None:
    """On both databases; merged again, nothing is added, and the chain is whole."""
    name = declared(store)
    lines = [line("a", "1"), line("b", name, "took the command"), line("c")]
    first = offline.merge(store, LI, START + timedelta(hours=2), lines, 2026, _everybody)
    again = offline.merge(store, LI, START + timedelta(hours=3), lines, 2026, _everybody)
    assert ((first.merged, first.known), (again.merged, again.known)) == ((3, 0), (0, 3))
    noted = [entry for entry in journal.read(store, name) if entry.kind == offline.KIND]
    assert [entry.detail["text"] for entry in noted] == ["called wang", "took the command"]
    assert (noted[0].happened_at, noted[0].recorded_at) == (START - timedelta(hours=1), START + timedelta(hours=2))
    assert (noted[0].actor, noted[0].detail["written"]["by"]) == ("li", "chen")
    assert journal.verify(store) == 4


def test_what_cannot_join_is_left_and_told(store: Store) -> None:
    """A torn line, an incident that is none; the others join."""
    declared(store)
    done = offline.merge(store, LI, START, [Torn(1), line("a", "99"), line("b", "1")], 2026, _everybody)
    assert (done.merged, len(done.left)) == (1, 2)
    assert "There is no incident '99'" in done.left[1]


def test_what_may_not_be_seen_may_not_be_written_on(store: Store) -> None:
    """A line for a restricted incident waits for somebody who may see it, and then joins."""
    name = declared(store)
    hidden = offline.merge(store, LI, START, [line("a", "1")], 2026, lambda _: False)
    assert (hidden.merged, len(hidden.left), "restricted" in hidden.left[0]) == (0, 1, True)
    assert [entry for entry in journal.read(store, name) if entry.kind == offline.KIND] == []
    assert offline.merge(store, LI, START, [line("a", "1")], 2026, _everybody).merged == 1


def test_by_hand(tmp_path: Path) -> None:
    """Typed: noted while the database is locked, merged when it is free."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    lock = sqlite3.connect(folder / "incident.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    assert run("offline", "note", "called wang", "--incident", "1", "--workspace", folder).exit == 0
    assert run("offline", "note", "no number yet", "--workspace", folder).exit == 0
    assert run("offline", "note", "wrong", "--incident", "99", "--workspace", folder).exit == 0
    lock.execute("ROLLBACK")
    lock.close()
    done = run("offline", "merge", "--output", "json", "--workspace", folder)
    assert (done.exit, done.json["merged"], len(done.json["left"])) == (100, 2, 1), done.err
    assert run("offline", "merge", "--output", "json", "--workspace", folder).json["known"] == 2
    entries = json.loads(run("timeline", "1", "--output", "json", "--workspace", folder).out)["entries"]
    assert [entry["detail"]["text"] for entry in entries if entry["kind"] == "offline.note"] == ["called wang"]
