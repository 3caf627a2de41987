"""`incident backup` and `incident store`: nothing changes a database before a copy of it exists."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.program import run


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with its database made."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    assert run("list", "--workspace", folder).exit == 0
    return folder


def test_backup_says_where(workspace: Path) -> None:
    """The copy lies in backups/, private, and the command names it."""
    ran = run("backup", "--workspace", workspace, "--output", "json")
    assert ran.exit == 0, ran.err
    file = Path(ran.json["file"])
    assert file.parent == workspace / "backups"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_size == ran.json["bytes"]


def test_backup_to_a_named_file(workspace: Path, tmp_path: Path) -> None:
    """A relative name is relative to where one stands; a second time it is refused."""
    assert run("backup", "mine.db", "--workspace", workspace, cwd=tmp_path).exit == 0
    again = run("backup", "mine.db", "--workspace", workspace, cwd=tmp_path)
    assert again.exit == 5
    assert "exists already" in again.err


def test_status_of_a_current_database(workspace: Path) -> None:
    """A current database needs nothing."""
    ran = run("store", "status", "--workspace", workspace, "--output", "json")
    assert (ran.json["state"], ran.json["version"]) == ("current", ran.json["newest"])


def test_migrating_a_current_database_does_nothing(workspace: Path) -> None:
    """Nothing to do is no reason for a backup."""
    ran = run("store", "migrate", "--workspace", workspace, "--output", "json")
    assert (ran.exit, ran.json["applied"], ran.json["backup"]) == (0, [], None)
    assert not (workspace / "backups").exists()
