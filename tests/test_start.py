"""Commands start fast: what a light command imports, and what it costs against `python -c "import click"`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

HEAVY = {"pydantic", "jinja2", "apprise", "rich", "psycopg", "babel", "tenacity", "regex", "requests", "markdown"}

BASE = [sys.executable, "-c", "import click"]
_ROUNDS = 15


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as `incident init` leaves it, with its database made."""
    folder = tmp_path_factory.mktemp("start") / "oncall"
    for line in (["init", str(folder)], ["--workspace", str(folder), "list"]):
        subprocess.run([sys.executable, "-m", "incident", *line], check=True, capture_output=True)
    return folder


def loaded(*args: str) -> set[str]:
    """The top-level packages that `incident ARGS` imports; its output is a pipe."""
    probe = (
        "import sys\n"
        "from incident.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", probe, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def cpu(command: Sequence[str]) -> float:
    """Seconds of CPU that a run takes, its own and the system's for it: starting is all computing, and unlike the time
    on the wall it stays the same beside other tests."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    return used.ru_utime + used.ru_stime


def ratio(command: Sequence[str]) -> float:
    """How many times more than BASE: the least of runs that alternate, so that noise meets both alike."""
    cpu(command)  # the first run may still write byte code
    pairs = [(cpu(BASE), cpu(command)) for _ in range(_ROUNDS)]
    return min(own for _, own in pairs) / min(base for base, _ in pairs)


def test_help_loads_nothing_heavy() -> None:
    """`incident --help` needs click and the folder's docstrings, neither YAML nor a database."""
    assert not loaded("--help") & (HEAVY | {"yaml", "sqlite3", "aiosql"})


def test_list_loads_nothing_heavy(workspace: Path) -> None:
    """`incident list`, piped, reads settings and the database, and draws nothing."""
    assert not loaded("--workspace", str(workspace), "list") & HEAVY


def test_help_is_fast() -> None:
    """At most twice the work of importing click."""
    assert ratio([sys.executable, "-m", "incident", "--help"]) <= 2.0


def test_list_is_fast(workspace: Path) -> None:
    """At most three and a half times the work of importing click."""
    command = [sys.executable, "-m", "incident", "--workspace", str(workspace), "list"]
    assert ratio(command) <= 3.5
