"""Each file in the folders beside this is named by the mistake in it; its `.expected` holds what a person reads.

After a sentence was changed on purpose: `INCIDENT_WRITE_EXPECTED=1 python -m pytest tests/mistakes`, then read the
difference.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from incident.duty import rules
from incident.errors import Mistake, SettingsMistakes
from incident.playbook.loader import lint_file
from incident.playbook.vocabulary import Vocabulary
from incident.wiring import open_console
from tests.playbook.real import real_vocabulary
from tests.playbook.words import VOCABULARY

FOLDER = Path(__file__).parent
PLAYBOOKS = sorted((FOLDER / "playbook").glob("*.yaml"))
CLOCKS = sorted((FOLDER / "clock").glob("*.yaml"))
SETTINGS = sorted((FOLDER / "settings").glob("*.yaml"))
STEPS = sorted((FOLDER / "step").glob("*.yaml"))
CALLED = """\
schema: incident.playbook/v1
id: called
title: Called
params: [{name: place, type: string, required: true}, {name: often, type: integer}]
steps: [{id: work, type: task, title: Work}]
"""


def of_steps() -> Vocabulary:
    """The words of the real step types."""
    return replace(real_vocabulary(), playbooks={"called": CALLED})


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_the_mistakes_of_a_playbook_are_told_in_these_words(file: Path) -> None:
    """Every mistake of the file, each with line, column, code and the sentence that says what to do."""
    compare(file, lint_file(file, VOCABULARY))


@pytest.mark.parametrize("file", STEPS, ids=lambda file: file.stem)
def test_the_mistakes_of_a_step_are_told_in_these_words(file: Path) -> None:
    """The same for the fields of each real step type, one file a type."""
    compare(file, lint_file(file, of_steps()))


@pytest.mark.parametrize("file", CLOCKS, ids=lambda file: file.stem)
def test_the_mistakes_of_a_clock_are_told_in_these_words(file: Path) -> None:
    """The same for a rule under playbooks/clocks/."""
    compare(file, rules.lint(file, VOCABULARY.clocks, ("bank-form",)))


@pytest.mark.parametrize("file", SETTINGS, ids=lambda file: file.stem)
def test_the_mistakes_of_settings_are_told_in_these_words(file: Path, tmp_path: Path) -> None:
    """The same for incident.yaml, whichever package owns the section."""
    shutil.copy(file, tmp_path / "incident.yaml")
    with pytest.raises(SettingsMistakes) as caught:
        open_console(tmp_path)
    compare(file, caught.value.mistakes)


def compare(file: Path, mistakes: Sequence[Mistake]) -> None:
    """Exactly the lines of the file's `.expected`."""
    told = "".join(f"{m.line}:{m.column} {m.code} {m.message}\n" for m in mistakes)
    expected = file.with_suffix(".expected")
    if os.environ.get("INCIDENT_WRITE_EXPECTED"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert told, "a file in this folder must hold a mistake"


def test_there_are_enough_of_them() -> None:
    """Nobody empties this folder by accident."""
    assert len(PLAYBOOKS) >= 40


def test_each_expectation_has_its_file() -> None:
    """No sentence is left behind when a file is renamed."""
    for expected in FOLDER.rglob("*.expected"):
        assert expected.with_suffix(".yaml").exists(), expected.name
