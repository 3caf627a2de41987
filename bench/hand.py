"""A person's hand in a broadcast to 100,000 people: how soon a page overtakes it, how soon `outbox stop` stops it.

All of it by the command line, each command a process of its own: `declare`, `work`, `page`, `outbox stop`; mails go to
the tests' light sink, which notes when it took each. Typed: the start of Python and of the program is in it. Written:
from the moment that the ledger or the timeline names.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig import house
from bench.rig.cores import SENDER, on
from bench.rig.report import Figure, Report
from bench.rig.sinks import ROOT
from incident.delivery.reconcile import reconcile
from incident.store import Store
from incident.wiring import open_console
from tests.servers import fastsink

ON_CALL = "li@wallet.example"
PLAYBOOK = """\
schema: incident.playbook/v1
id: small
revision: 1
title: {en: Small, zh-Hans: 小}
kind: outage
roles:
  commander: {}
steps:
  - {id: first-notice, type: announce, template: first-notice, audience: everyone}
"""
PATIENCE = 300.0

PAGE = "a page in the middle of a broadcast: written to accepted"
STOP = "`outbox stop`: typed to the last mail"
ROWS = {
    PAGE: "page_written",
    "the same, typed to accepted": "page_typed",
    STOP: "stop_typed",
    "the same, written to the last mail": "stop_written",
}


@dataclass
class Times:
    """When the sink took mails, `pause` seconds for each: the last one, and the first to whoever is on call."""

    pause: float = 0.0
    last: float = 0.0
    paged: float = 0.0
    inbox: fastsink.Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = fastsink.Inbox(keep=False, script=self._note)

    def _note(self, stage: fastsink.Stage, address: str) -> str:
        if stage == "text":
            time.sleep(self.pause)
            self.last = time.time()
            if address == ON_CALL and not self.paged:
                self.paged = self.last
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """From typing a command, and from what it wrote, to the acceptance of the page and to the last mail."""

    page_typed: float
    page_written: float
    stop_typed: float
    stop_written: float
    unsent: int


def once(base: Path, folder: Path, people: int, pause: float) -> Seconds:
    """A broadcast with a page in its first half, stopped in its second."""
    times = Times(pause=pause)
    with fastsink.running(times.inbox) as port:
        workspace = house.copy(base, folder, port)
        shutil.copytree(base / "playbooks", workspace / "playbooks")
        told = _run(workspace, "declare", "small", "--yes", str(people), "--no-work")
        with on(SENDER):
            worker = _start(workspace, "work", "--until-idle")
        _until(lambda: times.inbox.count >= people // 5, worker)
        page_typed = time.time()
        _run(workspace, "page", told["incident"], "li", "--text", "come", "--no-work")
        _until(lambda: times.paged > 0, worker)
        _until(lambda: times.inbox.count >= people // 2, worker)
        stop_typed = time.time()
        _run(workspace, "outbox", "stop", told["incident"], "first-notice")
        assert worker.wait(PATIENCE) == 0
    with closing(open_console(workspace)) as console:
        page = _moment(console.store, "SELECT max(frozen_at) AS at FROM broadcast WHERE lane = 0")
        stop = _moment(console.store, "SELECT max(recorded_at) AS at FROM journal WHERE kind = 'broadcast.stopped'")
        unsent = _unsent(console.store, told["incident"], people)
    return Seconds(
        page_typed=times.paged - page_typed,
        page_written=times.paged - page,
        stop_typed=max(0.0, times.last - stop_typed),
        stop_written=max(0.0, times.last - stop),
        unsent=unsent,
    )


def _moment(store: Store, sql: str) -> float:
    """Seconds since 1970, as `time.time` tells them."""
    return int(store.execute(sql).fetchone()["at"]) / 1000


def _start(workspace: Path, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "incident", "--workspace", str(workspace), *words]
    return subprocess.Popen(line, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _run(workspace: Path, *words: str) -> dict[str, str]:
    """A command, to its end; its document."""
    process = _start(workspace, *words, "--output", "json")
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode in range(100, 128) or process.returncode == 0, (words, process.returncode, out)
    document: dict[str, str] = json.loads(out)
    return document


def _until(true: Callable[[], bool], worker: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < give_up, "it takes too long"
        assert worker.poll() is None, "it was over too soon: more people, or a longer pause"
        time.sleep(0.005)


def _unsent(store: Store, incident: str, people: int) -> int:
    """How many were not told: each of them says why, and the ledger adds up."""
    notice = next(one for one in reconcile(store, incident) if one.is_notice).total
    assert notice.adds_up
    assert notice.audience == people
    unsent = people - notice.counts["accepted"]
    assert notice.reasons["stopped"] == unsent, notice.to_json()
    return unsent


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.hand", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds that the sink takes for each mail")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        base = house.build(Path(folder) / "base", 0, filled=given.people)
        (base / "playbooks").mkdir()
        (base / "playbooks" / "small.yaml").write_text(PLAYBOOK, encoding="utf-8")
        rounds = [once(base, Path(folder) / str(number), given.people, given.pause) for number in range(given.rounds)]
    taken = {name: [getattr(one, field) for one in rounds] for name, field in ROWS.items()}
    rows = [(name, f"{statistics.median(found):.2f}", f"{max(found):.2f}") for name, found in taken.items()]
    figures = [
        Figure(what=name, got=statistics.median(taken[name]), wanted=1, most=True, unit="s") for name in (PAGE, STOP)
    ]
    unsent = ", ".join(f"{one.unsent:,}" for one in rounds)
    notes = [f"Unsent in each round: {unsent}; every one of these rows says `stopped`, and the sum adds up."]
    return Report(columns=("seconds", "median", "slowest"), rows=rows, figures=figures, notes=notes)


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
