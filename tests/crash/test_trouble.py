"""The disk is full, the database is in other hands, the relay has no address: the worker says it in a sentence, loses
nobody, and goes on by itself when it is over."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from incident.now import system_clock
from incident.wiring import Console
from tests.cli.program import run
from tests.clock import MovableClock
from tests.crash import program
from tests.run import house
from tests.run.playbooks import PLAIN, book
from tests.servers import sink as sinks
from tests.tally import Tally

PEOPLE = 2_000


@contextmanager
def quota(process: subprocess.Popen[bytes], folder: Path) -> Iterator[None]:
    """The process may not write beyond the first page of any file."""
    before = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def filled(process: subprocess.Popen[bytes], folder: Path) -> Iterator[None]:
    """The small disk on which the workspace lies has no room left."""
    rest = folder / "rest"
    with rest.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                continue
        except OSError:
            pass
    yield
    rest.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


class Worker:
    """`incident work` in a workspace, what it says in a file, and the ledger and the sink beside it."""

    def __init__(self, folder: Path, place: Path, sink: sinks.Sink, people: int) -> None:
        self.sink = sink
        self.people = people
        email = {"kind": "mail", "url": sink.url, "connections": 2}
        house.write(place, playbooks={"small": book("small", PLAIN)}, channels={"email": email})
        self.console: Console = house.opened(place, system_clock)
        house.import_people(self.console, people)
        self.incident = house.declared(self.console, "small").incident
        self._said = folder / "said.txt"
        with self._said.open("wb") as said:
            self.process = program.start(place, "work", said=said)

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def until(self, true: Callable[[], bool], seconds: float = program.PATIENCE) -> None:
        give_up = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up, self.said
            time.sleep(0.01)

    def accepted(self) -> int:
        return program.adds_up(self.console.store, self.people, self.incident)["accepted"]

    def ends_well(self) -> int:
        """Everybody is reached, by the same process; who was reached twice was unknown. Returns how many."""
        self.until(lambda: self.accepted() == self.people)
        self.process.terminate()
        assert self.process.wait(program.PATIENCE) == 0, self.said
        assert "Traceback" not in self.said
        assert "defect" not in self.said
        return program.nothing_lost_nothing_unexplained(self.console.store, self.sink, self.people, self.incident)


@contextmanager
def at_work(folder: Path, place: Path, people: int = PEOPLE) -> Iterator[Worker]:
    """A worker in the middle of a broadcast."""
    with sinks.running(folder / "mails", delay=0.001) as sink:
        worker = Worker(folder, place, sink, people)
        with program.both([worker.process]):
            worker.until(lambda: sink.count > people / 10)
            yield worker
        worker.console.close()


def full(worker: Worker, folder: Path, way: Callable[..., Iterator[None]], tally: Tally) -> None:
    with way(worker.process, folder):  # type: ignore[attr-defined]
        worker.until(lambda: "cannot be written" in worker.said)
        before = worker.sink.count
        time.sleep(0.2)
        assert worker.sink.count == before < worker.people, "it went on without writing anything down"
    twice = worker.ends_well()
    assert worker.said.count("Free some space") <= 2, "a sentence, not one a second"
    tally.measure("arrived twice after a full disk, all unknown before", twice)


def test_a_full_disk(tmp_path: Path, tally: Tally) -> None:
    """Nothing more can be written: it stops at once, says so once, and goes on when there is room again."""
    with at_work(tmp_path, tmp_path / "w") as worker:
        full(worker, tmp_path, quota, tally)


@pytest.mark.soak
@pytest.mark.parametrize("round_", range(5))
def test_a_full_disk_for_real(tmp_path: Path, small_disk: Path, tally: Tally, round_: int) -> None:
    """A small disk, full to its last page."""
    with at_work(tmp_path, small_disk / "w") as worker:
        full(worker, small_disk, filled, tally)


@pytest.mark.soak
def test_a_database_in_other_hands(tmp_path: Path, tally: Tally) -> None:
    """For longer than we wait: it says so, and nobody is written to twice, because nothing was forgotten meanwhile."""
    with at_work(tmp_path, tmp_path / "w") as worker:
        other = sqlite3.connect(tmp_path / "w" / "incident.db", isolation_level=None, timeout=10)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        worker.until(lambda: time.monotonic() > began + 35)
        assert worker.sink.count < PEOPLE
        other.rollback()
        other.close()
        worker.until(lambda: "another process has held it for 30 s" in worker.said)
        assert worker.ends_well() == 0
    tally.count("times that the database was in other hands for 35 s, nobody twice")


def test_a_relay_without_an_address(tmp_path: Path, clock: MovableClock) -> None:
    """Its name leads nowhere: one mail finds it out, the list of channels says why, and it goes on when it does."""
    email = {"kind": "mail", "url": "mailtos://relay.invalid/?from=notice@wallet.example"}
    books = {"small": book("small", PLAIN)}
    workspace = house.write(tmp_path / "w", playbooks=books, channels={"email": email})
    console = house.opened(workspace, clock)
    house.import_people(console, 50)
    incident = house.declared(console, "small").incident
    house.send(console)
    assert program.adds_up(console.store, 50, incident) == Counter(pending=50)
    console.close()
    listed = run("channel", "list", "--output", "json", "--workspace", workspace).json["channels"]
    assert (listed[0]["stopped"]["reason"], listed[0]["stopped"]["words"]) == (
        "unreachable",
        "No connection to the mail server: its name leads nowhere, or no name server answers.",
    )
    with sinks.running(tmp_path / "mails") as sink:
        house.write(tmp_path / "w", playbooks=books, channels={"email": {**email, "url": sink.url}})
        clock.advance("2m")
        console = house.opened(workspace, clock)
        for _ in range(3):
            house.send(console)
            clock.advance("2m")
        assert program.adds_up(console.store, 50, incident) == Counter(accepted=50)
        assert len(sink.mails()) == 50
        console.close()
