"""A million recipients: freezing, sending, memory and reconciling, beside a tenth of them.

SQLite on disk, `smtp-sink`, 16 connections, client and sink on one core each. The peak of memory is that of the whole
process, from the freeze to the last sum. A tenth is sent before and after the whole, so that a machine that changes
its mind shows. On PostgreSQL (the tests' own server: 16 MB of buffers, no fsync) the freeze and the sum are measured
alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bench.rig import client, house, peers
from bench.rig.client import Told
from bench.rig.report import Figure, Report
from bench.rig.sinks import smtp_sink
from incident.delivery.freeze import freeze
from incident.delivery.reconcile import sum_of
from incident.now import system_clock
from incident.store import migrate, open_store
from tests import postgresql

CONNECTIONS = 16


def measure(folder: Path, people: int) -> list[Told]:
    """A tenth, the whole, a tenth."""
    sizes = (max(1, people // 10), people)
    bases = {size: house.build(folder / f"base-{size}", 0, filled=size) for size in sizes}
    told = []
    for number, size in enumerate((sizes[0], sizes[1], sizes[0])):
        with smtp_sink() as port:
            told.append(client.send(house.copy(bases[size], folder / f"run-{number}", port, connections=CONNECTIONS)))
        (folder / f"run-{number}" / "incident.db").unlink()
    return told


def on_postgresql(people: int) -> tuple[float, float]:
    """Seconds of the freeze and of the sum. Raises postgresql.Unavailable."""
    with postgresql.running() as server, closing(open_store(server.url(server.create()))) as store:
        migrate(store, system_clock())
        house.fill(store, people)
        store.execute("ANALYZE")
        began = time.perf_counter()
        no = freeze(store, house.broadcast(store), system_clock())
        frozen = time.perf_counter() - began
        row = store.queries("incident.delivery").broadcast_by_no(no=no)
        began = time.perf_counter()
        assert sum_of(store, row).total.audience == people
        return frozen, time.perf_counter() - began


def report(people: int, told: Sequence[Told], postgres: tuple[float, float] | None, why: str) -> Report:
    before, whole, after = told
    tenth = statistics.mean([_seconds(before), _seconds(after)])
    columns = ["people", "freeze, s", "sending, s", "mails/s", "reconcile, s", "peak memory, MB"]
    rows = [
        [
            f"{one.run.mails:,}",
            f"{one.freeze:.2f}",
            f"{one.run.seconds:.1f}",
            f"{one.run.rate:,.0f}",
            f"{one.reconcile:.2f}",
            f"{one.peak / 1e6:.0f}",
        ]
        for one in told
    ]
    if postgres is not None:
        rows.append([f"{people:,} on PostgreSQL", f"{postgres[0]:.2f}", "", "", f"{postgres[1]:.2f}", ""])
    figures = [
        Figure(what=f"{people:,} recipients: freeze", got=whole.freeze, wanted=4, most=True, unit="s"),
        Figure(what="peak memory of the whole run", got=whole.peak / 1e6, wanted=120, most=True, unit="MB"),
        Figure(what="reconcile", got=whole.reconcile, wanted=1, most=True, unit="s"),
        Figure(what="time ÷ time of a tenth", got=_seconds(whole) / tenth, wanted=11, most=True),
    ]
    return Report(columns=columns, rows=rows, figures=figures, notes=[f"PostgreSQL: {why}"] if why else [])


def _seconds(told: Told) -> float:
    return told.freeze + told.run.seconds + told.reconcile


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    given = parser.parse_args(arguments)
    try:
        peers.smtp_source_path()
    except peers.Missing as missing:
        return Report(notes=[str(missing)])
    with tempfile.TemporaryDirectory() as folder:
        told = measure(Path(folder), given.people)
    try:
        return report(given.people, told, on_postgresql(given.people), "")
    except postgresql.Unavailable as reason:
        return report(given.people, told, None, str(reason))


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
