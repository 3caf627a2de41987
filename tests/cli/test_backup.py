"""A backup is a copy that is known to be whole."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from incident import journal, store
from incident.cli import _backup
from incident.errors import JournalBroken, StoreMissing
from incident.now import system_clock


def database(folder: Path) -> store.Store:
    """A database with one journal entry."""
    opened = store.open_store(f"sqlite:///{folder}/incident.db", make=True)
    store.migrate(opened, system_clock())
    now = system_clock()
    journal.append(opened, journal.Entry(kind="note", happened_at=now, recorded_at=now, actor="li", os_user="li"))
    return opened


def test_copy_is_whole_and_private(tmp_path: Path) -> None:
    """The copy holds the same journal, in a folder made for it, for this user only."""
    target = tmp_path / "backups" / "copy.db"
    assert _backup.copy(database(tmp_path), target, system_clock()) == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]


def test_copy_never_overwrites(tmp_path: Path) -> None:
    """A name that is taken is refused."""
    (tmp_path / "copy.db").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreMissing, match="exists already"):
        _backup.copy(database(tmp_path), tmp_path / "copy.db", system_clock())


def test_broken_copy_is_told(tmp_path: Path) -> None:
    """A journal that was tampered with does not pass as a backup."""
    source = database(tmp_path)
    source.execute("UPDATE journal SET actor = 'wang'")
    with pytest.raises(JournalBroken):
        _backup.copy(source, tmp_path / "copy.db", system_clock())


def test_names_sort_by_age(tmp_path: Path) -> None:
    """The default name carries the instant."""
    name = _backup.default_target(tmp_path, system_clock()).name
    assert name.startswith("incident-20")
    assert name.endswith(".db")
