"""A database that is gone is refused, never replaced by an empty one; only who asks for it begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.errors import StoreMissing
from incident.store import open_store
from tests.cli.program import Ran, run


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A workspace that had an incident, a backup, and has lost its database."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    assert run("declare", "app-fault", "--no-work", "--workspace", folder).exit == 0
    assert run("backup", "--workspace", folder).exit == 0
    for file in folder.glob("incident.db*"):
        file.unlink()
    return folder


def typed(folder: Path, *line: str) -> Ran:
    return run(*line, "--workspace", folder)


def test_nothing_takes_the_place_of_a_lost_database(lost: Path) -> None:
    """Looking, declaring, migrating: exit code 5, the last copy by its name, the ways on, and no new file."""
    (copy,) = (lost / "backups").iterdir()
    for line in ("list", "declare app-fault", "work --until-idle", "store status", "store migrate"):
        refused = typed(lost, *line.split())
        assert (refused.exit, refused.out) == (5, ""), line
        for word in ("is gone", copy.name, "incident offline note", "incident store migrate --new"):
            assert word in refused.err, line
    assert not (lost / "incident.db").exists()


def test_doctor_says_that_it_is_gone(lost: Path) -> None:
    """Exit code 15, with the database among the problems."""
    examined = typed(lost, "doctor")
    assert examined.exit == 15
    assert "is gone" in " ".join(examined.out.split())


def test_whoever_asks_begins_anew(lost: Path) -> None:
    """`store migrate --new` makes an empty database; a second time it changes nothing."""
    assert typed(lost, "store", "migrate", "--new").exit == 0
    assert typed(lost, "list").exit == 0
    again = typed(lost, "store", "migrate", "--new")
    assert (again.exit, "nothing was changed" in again.err) == (6, True)


def test_the_last_copy_in_its_place_is_the_house_again(lost: Path) -> None:
    """What the sentence says to do, works."""
    (copy,) = (lost / "backups").iterdir()
    copy.rename(lost / "incident.db")
    assert "INC-2026-001" in typed(lost, "list").out


def test_a_file_without_a_byte_is_no_database(tmp_path: Path) -> None:
    """A full disk or a crash leaves such files: refused like a missing one, and left as it is."""
    file = tmp_path / "incident.db"
    file.touch()
    with pytest.raises(StoreMissing, match="is empty"):
        open_store(f"sqlite:///{file}")
    assert file.stat().st_size == 0


def test_an_open_store_makes_no_other_once_its_file_is_gone(sqlite_url: str, tmp_path: Path) -> None:
    """A worker opens connections all night: none of them begins an empty database."""
    store = open_store(sqlite_url, make=True)
    (tmp_path / "incident.db").unlink()
    with pytest.raises(StoreMissing, match="is gone"):
        store.another()
    store.close()
