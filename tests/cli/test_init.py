"""`incident init` makes a workspace that works at once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from incident.cli._workspace import contents, person_id
from tests.cli.program import run


def test_files_are_private(tmp_path: Path) -> None:
    """Folders are 0700 and files 0600: addresses will lie here."""
    folder = tmp_path / "on call"
    ran = run("init", folder, "--output", "json")
    assert ran.exit == 0, ran.err
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file
    assert sorted(ran.json["files"]) == sorted(
        str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
    )
    assert ran.json["next"][0] == f"cd '{folder}'"


def test_refuses_a_folder_that_holds_something(tmp_path: Path) -> None:
    """Nothing is ever overwritten."""
    (tmp_path / "diary.txt").write_text("mine", encoding="utf-8")
    ran = run("init", tmp_path)
    assert ran.exit == 3
    assert "is not empty" in ran.err
    assert [file.name for file in tmp_path.iterdir()] == ["diary.txt"]


def test_takes_an_empty_folder(tmp_path: Path) -> None:
    """A folder that was made before is taken, and made private."""
    tmp_path.chmod(0o755)
    assert run("init", tmp_path).exit == 0
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("login", "person"),
    [("li", "li"), ("J.Doe", "j-doe"), ("007", "me"), ("second", "me"), ("DOM\\ann", "dom-ann"), ("_x", "x")],
)
def test_person_of_a_login(login: str, person: str) -> None:
    """Any login gives an id that can be written everywhere."""
    assert person_id(login) == person


def test_strange_logins_are_quoted() -> None:
    """YAML reads `no` and `007` as other things; a login stays a login."""
    assert "os_users: ['no']" in contents(Path("/w"), "no")["incident.yaml"]
