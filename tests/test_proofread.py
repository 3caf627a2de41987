"""A file that was read whole is not read whole again by those who need no channel; any change voids that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from incident.errors import SettingsMistakes
from incident.wiring import open_console

GOOD = "people:\n  li: {os_users: [li]}\nchannels:\n  email: {kind: file, path: out, url: 'env:CANARY'}\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace's settings, read whole once."""
    monkeypatch.setenv("CANARY", "x")
    path = tmp_path / "incident.yaml"
    path.write_text(GOOD, encoding="utf-8")
    open_console(tmp_path)
    return path


def test_channels_are_read_when_asked_for(file: Path) -> None:
    """The second time they wait until somebody needs them."""
    console = open_console(file.parent)
    assert "channels" not in console.settings
    assert [*console.channels] == ["email"]


def test_a_changed_file_is_read_whole(file: Path) -> None:
    """A mistake that was written since is told at once, wherever it stands."""
    file.write_text(GOOD.replace("kind: file", "kind: filet"), encoding="utf-8")
    with pytest.raises(SettingsMistakes, match="filet"):
        open_console(file.parent)


def test_same_size_another_time(file: Path) -> None:
    """A change that keeps the size shows in the time."""
    file.write_text(GOOD.replace("kind: file", "kind: flie"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    with pytest.raises(SettingsMistakes, match="flie"):
        open_console(file.parent)


def test_a_secret_that_is_gone_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is as it was, but the environment is not."""
    monkeypatch.delenv("CANARY")
    with pytest.raises(SettingsMistakes, match="CANARY"):
        open_console(file.parent)


def test_a_mistake_elsewhere_tells_all(file: Path) -> None:
    """One read tells the mistakes of every section."""
    file.write_text(GOOD.replace("os_users", "os_user").replace("kind: file", "kind: filet"), encoding="utf-8")
    with pytest.raises(SettingsMistakes) as caught:
        open_console(file.parent)
    assert {mistake.line for mistake in caught.value.mistakes} == {2, 4}


def test_other_version_of_the_program(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an older program found good, this one reads for itself."""
    monkeypatch.setattr("incident.__version__", "9.9.9")
    assert "channels" in open_console(file.parent).settings


def test_a_folder_that_cannot_be_written(file: Path) -> None:
    """Without the note everything works, only slower."""
    (file.parent / ".proofread").unlink()
    (file.parent / ".proofread").mkdir()
    assert "channels" in open_console(file.parent).settings
