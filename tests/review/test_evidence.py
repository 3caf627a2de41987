"""What was recorded can be proved: by the program, and from an archive without it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from incident import lifecycle
from incident.errors import BadValue, EvidenceBroken, JournalBroken
from incident.lifecycle import handovers, kept
from incident.review import evidence
from incident.review.proof import prove
from tests.cli.program import run
from tests.flow.night import Night


def over(night: Night) -> Night:
    """A night from its declaration to its end, with a file that somebody kept."""
    night.declare("datacenter-loss")
    night.work()
    night.approve("first-notice")
    night.work()
    graph = night.folder / "graph.png"
    graph.write_bytes(b"\x89PNG the graph")
    kept_one = kept.keep(night.folder, graph)
    store = night.console.store
    lifecycle.note(store, night.actor("li"), night.clock(), night.incident, "see", None, [kept_one])
    night.request("update")
    night.work()
    night.request("correction", corrects="first-notice")
    night.request("resolved")
    night.work()
    return night


def exported(night: Night, name: str = "evidence.tar.gz", *, addresses: bool = False) -> Path:
    """The archive's file."""
    target = night.folder / name
    store = night.console.store
    found = lifecycle.get(store, night.incident, 2026)
    evidence.export(store, night.folder, found, target, addresses=addresses)
    return target


def unpacked(archive: Path, room: Path) -> Path:
    """The archive's folder, unpacked."""
    if archive.suffix == ".zip":
        zipfile.ZipFile(archive).extractall(room)
    else:
        with tarfile.open(archive) as opened:
            opened.extractall(room, filter="data")
    (folder,) = room.iterdir()
    return folder


def proved(folder: Path) -> tuple[int, str]:
    """What `verify.py` says, in a Python that cannot find the program."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_whole_record_is_proved(night: Night) -> None:
    """The chain, the kept file, the words of every notice, the playbook."""
    over(night)
    proof = prove(night.console.store, night.folder, night.incident)
    assert (proof.attachments, proof.texts, proof.playbooks) == (1, 4, 1)
    assert proof.rows >= proof.own > 10


def test_a_changed_row_is_named(night: Night) -> None:
    """Whoever changes a row of the timeline is found out, with its number."""
    over(night)
    store = night.console.store
    store.execute("UPDATE journal SET actor = 'chen' WHERE seq = 3")
    with pytest.raises(JournalBroken, match="row 3 ") as told:
        prove(store, night.folder, night.incident)
    assert told.value.details["seq"] == 3


def test_changed_words_are_named(night: Night) -> None:
    """The ledger's text is compared with what was hashed when it was approved."""
    over(night)
    store = night.console.store
    store.execute("UPDATE rendering SET content = replace(content, 'Dear', 'Dead') WHERE broadcast = 2")
    store.execute("UPDATE broadcast SET people = 4 WHERE step = 'first-notice'")
    with pytest.raises(EvidenceBroken, match="words of 'first-notice'"):
        prove(store, night.folder, None)


def test_a_changed_playbook_is_named(night: Night) -> None:
    """A run's playbook is the one that it began with."""
    over(night)
    night.console.store.execute("UPDATE run SET snapshot = snapshot || '#'")
    with pytest.raises(EvidenceBroken, match="playbook of the run"):
        prove(night.console.store, night.folder, night.incident)


@pytest.mark.parametrize(("how", "words"), [("change", "was changed"), ("remove", "is missing")])
def test_a_kept_file_that_is_not_what_it_was_is_named(night: Night, how: str, words: str) -> None:
    """A kept file is known by its hash."""
    over(night)
    (file,) = (one for one in (night.folder / kept.FOLDER).rglob("*") if one.is_file())
    file.write_bytes(b"another graph") if how == "change" else file.unlink()
    with pytest.raises(EvidenceBroken, match=f"graph.png {words}"):
        prove(night.console.store, night.folder, night.incident)


@pytest.mark.parametrize("name", ["evidence.tar.gz", "evidence.zip"])
def test_the_archive_proves_itself_without_the_program(night: Night, tmp_path: Path, name: str) -> None:
    """An auditor needs Python and nothing of ours."""
    folder = unpacked(exported(over(night), name), tmp_path / "room")
    code, out = proved(folder)
    assert code == 0, out
    assert night.incident in out
    assert {"README.md", "manifest.json", "timeline.jsonl", "ledger.json"} <= {file.name for file in folder.iterdir()}


def test_the_archive_says_what_was_said_in_every_language(night: Night, tmp_path: Path) -> None:
    """The words of a notice stand there by channel and language."""
    folder = unpacked(exported(over(night)), tmp_path / "room")
    words = json.loads((folder / "texts" / "first-notice.json").read_text(encoding="utf-8"))
    assert {place.partition("/")[2] for place in words["texts"]} == {"zh-Hans", "zh-Hant", "en"}
    answers = json.loads((folder / "approvals.json").read_text(encoding="utf-8"))["approvals"]
    assert [answer["by"] for gate in answers for answer in gate["answers"]] == ["wang"]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("timeline.jsonl", '"actor": "wang"', '"actor": "chen"'),
        ("texts/first-notice.json", '"people": 3', '"people": 2'),
        ("ledger.json", '"accepted": 3', '"accepted": 2'),
    ],
)
def test_the_archive_notices_what_was_changed(night: Night, tmp_path: Path, file: str, before: str, after: str) -> None:
    """A changed file does not fit the manifest; with the manifest changed too, it does not fit its own hashes."""
    folder = unpacked(exported(over(night)), tmp_path / "room")
    changed = folder / file
    text = changed.read_text(encoding="utf-8")
    assert before in text
    changed.write_text(text.replace(before, after), encoding="utf-8")
    assert proved(folder)[0] == 1
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][file]["sha256"] = kept.sha256_of(changed)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    names = [*manifest["files"], "manifest.json"]
    sums = "".join(f"{kept.sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    code, out = proved(folder)
    assert (code, "Traceback" in out, "SHA256SUMS" in out) == (1, False, False)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_files_are_proved_by_sha256sum_alone(night: Night, tmp_path: Path) -> None:
    """Every file of the archive is in the list, which is what everybody's tool reads; a changed one is named."""
    folder = unpacked(exported(over(night)), tmp_path / "room")
    sums = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(sums, cwd=folder, capture_output=True, text=True, check=True)
    named = {line.partition(": ")[0] for line in done.stdout.splitlines()}
    assert named == {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()} - {"SHA256SUMS"}
    (folder / "approvals.json").write_text("{}", encoding="utf-8")
    done = subprocess.run(sums, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, "approvals.json: FAILED" in done.stdout) == (1, True)


def test_a_row_is_proved_by_hand_as_the_archive_says(night: Night, tmp_path: Path) -> None:
    """The recipe of its README, in three lines of Python."""
    folder = unpacked(exported(over(night)), tmp_path / "room")
    for line in (folder / "timeline.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        before, expected = row.pop("previous"), row.pop("hash")
        text = before + json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == expected


def test_a_list_of_hashes_that_was_changed_is_noticed(night: Night, tmp_path: Path) -> None:
    """Whoever trusts the one proof may trust the other."""
    folder = unpacked(exported(over(night)), tmp_path / "room")
    (folder / "SHA256SUMS").write_text("", encoding="utf-8")
    code, out = proved(folder)
    assert (code, "SHA256SUMS does not say" in out) == (1, True)


def test_the_archive_is_the_same_again(night: Night) -> None:
    """The same incident gives the same bytes, so that a hash on record can be compared with a later export."""
    over(night)
    first, second = exported(night, "a.tar.gz"), exported(night, "b.tar.gz")
    assert first.read_bytes() == second.read_bytes()
    assert exported(night, "a.zip").read_bytes() == exported(night, "b.zip").read_bytes()


def test_addresses_are_in_it_only_when_asked_for(night: Night, tmp_path: Path) -> None:
    """Nobody's address leaves with the evidence unless a person says so."""

    def everything(folder: Path) -> str:
        return "".join(
            file.read_text(encoding="utf-8", errors="replace") for file in folder.rglob("*") if file.is_file()
        )

    over(night)
    without = unpacked(exported(night), tmp_path / "without")
    assert "people.example" not in everything(without)
    with_them = unpacked(exported(night, "with.zip", addresses=True), tmp_path / "with")
    assert "c1@people.example" in everything(with_them)
    assert proved(with_them)[0] == 0


def test_a_name_of_no_kind_and_a_file_that_is_there_are_refused(night: Night) -> None:
    """Evidence overwrites nothing."""
    over(night)
    with pytest.raises(BadValue, match="must end with"):
        exported(night, "evidence.rar")
    exported(night)
    with pytest.raises(BadValue, match="exists already"):
        exported(night)


def test_by_hand(tmp_path: Path) -> None:
    """Typed: a note with a file, the proof, the archive, which stands in the journal; then a row is changed."""
    folder = tmp_path / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    run("declare", "datacenter-loss", "--param", "dc=sh1", "--workspace", folder)
    (tmp_path / "graph.txt").write_text("02:50 38 °C", encoding="utf-8")
    noted = run(
        *("note", "1", "the graph", "--attach", tmp_path / "graph.txt", "--output", "json", "--workspace", folder)
    )
    assert [one["name"] for one in noted.json["attachments"]] == ["graph.txt"]
    done = run("verify", "1", "--output", "json", "--workspace", folder)
    assert (done.exit, done.json["attachments"]) == (0, 1)
    archive = run("evidence", "1", "--to", tmp_path / "one.zip", "--output", "json", "--workspace", folder)
    assert archive.exit == 0, archive.err
    assert kept.sha256_of(tmp_path / "one.zip") == archive.json["sha256"]
    import sqlite3

    with sqlite3.connect(folder / "incident.db") as database:
        database.execute("UPDATE journal SET reason = 'x' WHERE seq = 2")
    broken = run("verify", "--output", "json", "--workspace", folder)
    assert (broken.exit, broken.json["code"], broken.json["seq"]) == (22, "journal_broken", 2)


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("UPDATE gate SET answered_by = 'chen' WHERE step = 'first-notice'", "gate (first-notice"),
        ("UPDATE gate SET break_glass = 1 WHERE step = 'first-notice'", "gate (first-notice"),
        ("DELETE FROM gate", "gate (first-notice, a row is missing)"),
        ("UPDATE incident SET severity = 'sev4'", "incident (severity)"),
        ("UPDATE incident SET declared_by = 'chen'", "incident (declared_by)"),
        ("UPDATE promise SET state = 'broken' WHERE no = 2", "promise (2)"),
        ("UPDATE promise SET due = due + 60000", "promise (1)"),
        ("DELETE FROM delivery WHERE broadcast = 2 AND no IN (1, 2)", "delivery ("),
        ("UPDATE role_holder SET person = 'chen'", "role_holder (comms)"),
        ("UPDATE handover SET document = document || ' '", "handover (1)"),
        ("UPDATE task SET state = 'done', done_by = 'chen'", "task (+1)"),
    ],
)
def test_a_table_that_was_changed_is_named(night: Night, change: str, row: str) -> None:
    """What is shown is what the timeline says: who answered, who decided, what was promised, how many were told."""
    over(night)
    store, now = night.console.store, night.clock()
    lifecycle.reopen(store, night.actor("li"), now, lifecycle.get(store, night.incident, 0), "again")
    lifecycle.claim_role(store, night.actor("wang"), now, night.incident, "comms")
    handovers.offer(store, night.actor("wang"), now, night.incident, "comms", "chen", "{}")
    found = lifecycle.get(store, night.incident, 0)
    lifecycle.add_task(store, night.actor("li"), now, found, "call the bank", "chen", None)
    prove(store, night.folder, night.incident)
    store.execute(change)
    with pytest.raises(EvidenceBroken) as told:
        prove(store, night.folder, night.incident)
    assert row in told.value.message
