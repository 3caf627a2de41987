"""Commands start fast: what a light command imports, and what it costs against `python -c "import click"`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

HEAVY = {"pydantic", "jinja2", "apprise", "rich", "psycopg", "babel", "tenacity", "regex", "requests", "markdown"}

BASE = [sys.executable, "-c", "import click"]
_ROUNDS, _TRIES = 9, 5


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


def seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=dict(os.environ))
    return time.perf_counter() - start


def ratio(command: Sequence[str]) -> float:
    """How many times longer than BASE: medians of runs that alternate, so that noise meets both alike."""
    pairs = [(seconds(BASE), seconds(command)) for _ in range(_ROUNDS)]
    return statistics.median(b for _, b in pairs) / statistics.median(a for a, _ in pairs)


def best_ratio(command: Sequence[str], limit: float) -> float:
    """The ratio, measured again on a busy machine: a slow start is slow every time."""
    seconds(command)  # the first run may still write byte code
    best = ratio(command)
    for _ in range(_TRIES - 1):
        if best <= limit:
            break
        best = min(best, ratio(command))
    return best


def test_help_loads_nothing_heavy() -> None:
    """`incident --help` needs click and the folder's docstrings, neither YAML nor a database."""
    assert not loaded("--help") & (HEAVY | {"yaml", "sqlite3", "aiosql"})


def test_list_loads_nothing_heavy(workspace: Path) -> None:
    """`incident list`, piped, reads settings and the database, and draws nothing."""
    assert not loaded("--workspace", str(workspace), "list") & HEAVY


def test_help_is_fast() -> None:
    """At most twice the time of importing click."""
    assert best_ratio([sys.executable, "-m", "incident", "--help"], 2.0) <= 2.0


def test_list_is_fast(workspace: Path) -> None:
    """At most three and a half times the time of importing click."""
    command = [sys.executable, "-m", "incident", "--workspace", str(workspace), "list"]
    assert best_ratio(command, 3.5) <= 3.5
