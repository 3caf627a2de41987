"""Without the database: whom to call and what to say, a local journal, and how it joins the timeline later."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from incident import journal, lifecycle
from incident.errors import StoreMissing
from incident.journal import Actor, local
from incident.journal.local import Line, Torn
from incident.lifecycle import offline
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


def declared(store: Store) -> str:
    made = lifecycle.declare(
        store,
        LI,
        START,
        year=2026,
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
    first = offline.merge(store, LI, START + timedelta(hours=2), lines, 2026)
    again = offline.merge(store, LI, START + timedelta(hours=3), lines, 2026)
    assert ((first.merged, first.known), (again.merged, again.known)) == ((3, 0), (0, 3))
    noted = [entry for entry in journal.read(store, name) if entry.kind == offline.KIND]
    assert [entry.detail["text"] for entry in noted] == ["called wang", "took the command"]
    assert (noted[0].happened_at, noted[0].recorded_at) == (START - timedelta(hours=1), START + timedelta(hours=2))
    assert (noted[0].actor, noted[0].detail["written"]["by"]) == ("li", "chen")
    assert journal.verify(store) == 4


def test_what_cannot_join_is_left_and_told(store: Store) -> None:
    """A torn line, an incident that is none; the others join."""
    declared(store)
    done = offline.merge(store, LI, START, [Torn(1), line("a", "99"), line("b", "1")], 2026)
    assert (done.merged, len(done.left)) == (1, 2)
    assert "There is no incident '99'" in done.left[1]


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
