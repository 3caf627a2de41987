"""`incident doctor` finds by day what would fail in the night."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.program import run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace as `incident init` leaves it."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    return folder


def edit(workspace: Path, old: str, new: str) -> None:
    file = workspace / "incident.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_workspace_is_well(workspace: Path) -> None:
    """What `init` makes passes every check, offline."""
    ran = run("doctor", "--workspace", workspace, "--output", "json")
    assert ran.exit == 0, ran.out
    assert ran.json["schema"] == "incident.doctor/v1"
    assert (ran.json["problems"], ran.json["warnings"]) == (0, 0)
    checks = {finding["check"] for finding in ran.json["findings"]}
    told = {"workspace", "disk", "clock", "store", "people", "channel", "playbook", "message", "audience", "deadline"}
    assert checks == told


def test_the_sample_audience_is_well(workspace: Path) -> None:
    """The sample that comes with the workspace can be imported as it is."""
    imported = run("audience", "import", "audience/sample.csv", "--output", "json", cwd=workspace)
    assert (imported.json["imported"], imported.json["rejected"]) == (8, 0)
    assert "8 people" in run("doctor", cwd=workspace).out


def test_real_channels_make_it_serious(workspace: Path) -> None:
    """With a channel that leaves the machine, an empty audience is a warning."""
    edit(
        workspace,
        "channels:\n  email:",
        'channels:\n  chat: {kind: webhook, medium: chat, url: "http://127.0.0.1:9/"}\n  email:',
    )
    ran = run("doctor", "--workspace", workspace, "--output", "json")
    levels = {(finding["check"], finding["level"]) for finding in ran.json["findings"]}
    assert ("audience", "warning") in levels
    assert ran.exit in (15, 100)


def test_mistakes_in_the_settings_are_problems(workspace: Path) -> None:
    """A file that cannot be read is reported, each mistake a finding, exit 15."""
    edit(workspace, "kind: file", "kind: filet")
    ran = run("doctor", "--workspace", workspace, "--output", "json")
    assert ran.exit == 15
    assert ran.json["problems"] >= 3
    assert {finding["check"] for finding in ran.json["findings"]} == {"settings"}


def test_a_playbook_with_a_mistake_is_a_problem(workspace: Path) -> None:
    """One bad playbook does not hide the good ones."""
    (workspace / "playbooks" / "mine.yaml").write_text("id: mine\n", encoding="utf-8")
    ran = run("doctor", "--workspace", workspace, "--output", "json")
    assert ran.exit == 15
    found = [finding for finding in ran.json["findings"] if finding["check"] == "playbook"]
    assert {finding["level"] for finding in found} == {"ok", "problem"}


def test_an_older_database_is_a_problem_until_it_is_migrated(workspace: Path) -> None:
    """`doctor` names the command, `store migrate` refuses nothing it can do, and a newer database is left alone."""
    assert run("list", "--workspace", workspace).exit == 0
    with sqlite3.connect(workspace / "incident.db") as database:
        database.execute(
            "UPDATE schema_version SET number = 999 WHERE number = (SELECT max(number) FROM schema_version)"
        )
    ran = run("doctor", "--workspace", workspace)
    assert ran.exit == 15
    assert "Use the newer incident" in ran.out
    assert run("store", "migrate", "--workspace", workspace).exit == 6
    status = run("store", "status", "--workspace", workspace, "--output", "json")
    assert (status.json["state"], status.json["version"]) == ("newer", 999)


def test_without_a_workspace(tmp_path: Path) -> None:
    """There is nothing to examine: exit 3 and how to make one."""
    ran = run("doctor", cwd=tmp_path)
    assert ran.exit == 3
    assert "incident init" in ran.err
