"""Our side in a process of its own: freezes a broadcast, waits for a line on standard input, sends it as a worker does.

    python -m bench.rig.client WORKSPACE

First line on standard output: {"ready": …, "freeze": seconds}. Last line: what it took, and the ledger's sum.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.rig import costs, house
from bench.rig.cores import SENDER, on
from bench.rig.run import Run
from incident.delivery import sender
from incident.delivery.freeze import freeze
from incident.delivery.model import Direct
from incident.delivery.reconcile import sum_of
from incident.now import system_clock
from incident.wiring import Console, open_console

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What our process said: the run, how long freezing and reconciling took, and its peak of memory (bytes)."""

    run: Run
    freeze: float
    reconcile: float
    peak: int


def send(workspace: Path, profile: Path | None = None, root: Path = ROOT) -> Told:
    """Runs this module in a process on the sender's core; every row must be accepted and the sum must add up.

    `profile` is a file for its stacks; `root` is the program's folder (see `compiled`).
    """
    line = [sys.executable, "-m", "bench.rig.client", str(workspace)]
    pipe = subprocess.PIPE
    with on(SENDER):
        process = subprocess.Popen(line, cwd=root, text=True, stdin=pipe, stdout=pipe)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        with costs.watched(process.pid, profile) if profile else nullcontext():
            process.stdin.write("go\n")
            process.stdin.flush()
            told = json.loads(process.stdout.readline())
    assert told["accepted"] == told["people"], told
    assert told["adds_up"], told
    run = Run(mails=told["people"], seconds=told["seconds"], cpu=told["cpu"])
    return Told(run=run, freeze=ready["freeze"], reconcile=told["reconcile"], peak=told["peak"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    given = parser.parse_args()
    with closing(open_console(given.workspace)) as console:
        _warm(console)
        began = time.perf_counter()
        no = freeze(console.store, house.broadcast(console.store), system_clock())
        _say(ready=True, freeze=time.perf_counter() - began)
        sys.stdin.readline()
        began, cpu = time.perf_counter(), time.process_time()
        _drain(console)
        seconds, used = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        total = sum_of(console.store, console.store.queries("incident.delivery").broadcast_by_no(no=no)).total
        _say(
            seconds=seconds,
            cpu=used,
            reconcile=time.perf_counter() - began,
            peak=peak(),
            people=total.audience,
            accepted=total.counts["accepted"],
            adds_up=total.adds_up,
        )


def _drain(console: Console) -> None:
    sender.drain(console.store, console.line, system_clock, stopping=threading.Event())


def _warm(console: Console) -> None:
    """A worker has run for weeks: what it loads at its first mail is not counted."""
    one = replace(
        house.broadcast(console.store),
        step="warm",
        people=1,
        where="",
        direct=(Direct(recipient="person:li", channel="email", locale="en", address="li@wallet.example", name="Li"),),
    )
    freeze(console.store, one, system_clock())
    _drain(console)


def peak() -> int:
    """The most memory that this process ever held, in bytes (VmHWM)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _say(**words: Any) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main()
