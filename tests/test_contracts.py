"""The import contracts hold, and each of them can fail: a contract counts only once a test has seen it broken."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_PREFIX = "importlinter:contract:"

BREAKS = {
    "layers": ("incident/store/database.py", "from incident.cli import main"),
    "acyclic": ("incident/store/database.py", "from incident.store.migrate import versions"),
    "door-click": ("incident/settings.py", "import click"),
    "door-rich": ("incident/store/database.py", "import rich.table"),
    "door-yaml": ("incident/settings.py", "import yaml"),
    "door-tenacity": ("incident/store/database.py", "from tenacity import retry"),
    "door-jinja2": ("incident/shape/scalars.py", "import jinja2"),
    "door-babel": ("incident/now.py", "import babel"),
    "door-apprise": ("incident/channel/settings.py", "import apprise"),
    "door-requests": ("incident/channel/kinds/webhook.py", "import requests"),
    "door-mail": ("incident/receipt/sources.py", "import email.parser"),
    "kinds": ("incident/channel/kinds/mail.py", "from incident.channel.kinds import webhook"),
    "kinds-by-name": ("incident/delivery/sender.py", "from incident.channel.kinds import mail"),
    "steps": ("incident/run/steps/ask.py", "from incident.run.steps import task"),
    "steps-by-name": ("incident/run/advance.py", "from incident.run.steps import task"),
    "passes": ("incident/delivery/passes/expire.py", "from incident.delivery.passes import dedupe"),
    "rules": ("incident/delivery/rules/stale.py", "from incident import store"),
    "advance": ("incident/run/gate.py", "from incident import store"),
    "door-calendar": ("incident/people/person.py", "import icalendar"),
    "door-codes": ("incident/people/person.py", "import pyotp"),
    "door-databases": ("incident/journal/chain.py", "import sqlite3"),
}
"""Contract -> the file that breaks it, and the line it does it with."""


def contracts() -> list[str]:
    """The ids of all contracts in setup.cfg."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return [name.removeprefix(_PREFIX) for name in config.sections() if name.startswith(_PREFIX)]


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """import-linter on the tree in `folder`, whose `incident` hides the installed one."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", "--config", str(folder / "setup.cfg"), *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code and its contracts."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "incident", folder / "incident", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", folder)
    return folder


def test_contracts_hold() -> None:
    """The real tree keeps every contract."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_each_contract_has_a_break() -> None:
    """A contract that no test has seen fail is no contract."""
    assert set(contracts()) == set(BREAKS)


@pytest.mark.parametrize("contract", BREAKS)
def test_contract_can_fail(contract: str, tree: Path) -> None:
    """One import on purpose breaks the contract that forbids it."""
    name, line = BREAKS[contract]
    file = tree / name
    kept = file.read_text(encoding="utf-8")
    file.write_text(f"{kept}\n\n{line}\n", encoding="utf-8")
    try:
        result = lint(tree, "--contract", contract)
    finally:
        file.write_text(kept, encoding="utf-8")
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
