"""Durable personal mail, every outcome in the ledger on disk, ÷ C's smtp-source ÷ nodemailer.

Ours: recipients imported into SQLite (WAL, synchronous=FULL), a broadcast frozen, then sent as a worker sends it; the
clock runs from the first claim to the last outcome committed, and the ledger must add up. smtp-source writes the same
text to everybody and records nothing; nodemailer writes personal mails and records nothing. `compiled` is the same
program with its hot modules as native code (`make compiled`). Same `smtp-sink`, same octets a mail, client and sink on
one core each, rounds interleaved; ratios are medians of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.rig import client, compiled, costs, house, peers
from bench.rig.report import Figure, Report
from bench.rig.run import Run, median_rate, ratio
from bench.rig.sinks import smtp_sink
from tests.servers import fastsink

CONNECTIONS = (8, 16)
SESSIONS = 10
SOURCE = f"smtp-source, {SESSIONS} sessions kept open"
SHARE = 10
"""nodemailer gets a tenth of the mails: it would take all evening."""

Runs = dict[str, list[Run]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Which of them take part; `native` is the folder of the compiled program."""

    source: bool
    node: bool
    native: Path | None = None


def _ours(connections: int, *, compiled: bool = False) -> str:
    return f"incident{' compiled' * compiled}, {connections} connections"


def _theirs(connections: int) -> str:
    return f"nodemailer pool, {connections} connections"


def measure(folder: Path, mails: int, rounds: int, peer: Peers) -> tuple[Runs, list[str]]:
    """Name -> a run of each round; and what to say about them."""
    base = house.build(folder / "base", mails)
    length, notes = _calibrated(folder, peer)
    runs: Runs = {}
    freezes = []
    for number in range(rounds):
        if peer.source:
            with smtp_sink() as port:
                runs.setdefault(SOURCE, []).append(peers.smtp_source(port, mails, SESSIONS, length))
        for count in CONNECTIONS:
            with smtp_sink() as port:
                told = client.send(house.copy(base, folder / f"{number}-{count}", port, connections=count))
            runs.setdefault(_ours(count), []).append(told.run)
            freezes.append(told.freeze)
            if peer.native:
                with smtp_sink() as port:
                    copy = house.copy(base, folder / f"{number}-{count}-native", port, connections=count)
                    told = client.send(copy, root=peer.native)
                runs.setdefault(_ours(count, compiled=True), []).append(told.run)
            if peer.node:
                with smtp_sink() as port:
                    run = peers.nodemailer(port, max(1, mails // SHARE), count)
                runs.setdefault(_theirs(count), []).append(run)
    notes.append(f"Freezing {mails:,} rows takes {statistics.median(freezes):.2f} s and is not counted here.")
    return runs, notes


def _calibrated(folder: Path, peer: Peers) -> tuple[int, list[str]]:
    """The option -l of smtp-source that makes its mails as long as ours; and how long all are."""
    small = house.build(folder / "small", 200)
    ours = octets(lambda port: client.send(house.copy(small, folder / "sized", port)))
    told, length = [f"incident {ours:.0f}"], 0
    if peer.source:
        length = round(2000 + ours - octets(lambda port: peers.smtp_source(port, 20, 1, 2000)))
        told.append(f"smtp-source {octets(lambda port: peers.smtp_source(port, 20, 1, length)):.0f}")
    if peer.node:
        told.append(f"nodemailer {octets(lambda port: peers.nodemailer(port, 200, 1)):.0f}")
    return length, [f"Octets a mail, as they arrive: {', '.join(told)}."]


def octets(send: Callable[[int], object]) -> float:
    """Mean size of the mails that `send(port)` sends, as they arrive."""
    inbox = fastsink.Inbox()
    with fastsink.running(inbox) as port:
        send(port)
    return statistics.mean(len(mail.content) for mail in inbox.mails[-200:])


def report(runs: Runs, notes: Sequence[str]) -> Report:
    """A line a client: rate, processor time, and how many times a peer's rate in the same round."""
    columns = ["client", "mails/s", "µs CPU a mail"]
    rows = [[name, f"{median_rate(mine):,.0f}", f"{_cpu(mine):.1f}"] for name, mine in runs.items()]
    figures = []
    if SOURCE in runs:
        columns.append("÷ smtp-source")
        for row, mine in zip(rows, runs.values(), strict=True):
            row.append(f"{ratio(mine, runs[SOURCE]):.2f}")
        figures += [_figure(runs, "smtp-source", lambda _: SOURCE, 1.2, compiled=way) for way in _ways(runs)]
    if _theirs(CONNECTIONS[0]) in runs:
        columns.append("÷ nodemailer")
        for row, (name, mine) in zip(rows, runs.items(), strict=True):
            beside = next((count for count in CONNECTIONS if f", {count} conn" in name), CONNECTIONS[0])
            row.append(f"{ratio(mine, runs[_theirs(beside)]):.1f}")
        figures += [_figure(runs, "nodemailer pool", _theirs, 15, compiled=way) for way in _ways(runs)]
    return Report(columns=columns, rows=rows, figures=figures, notes=notes)


def _ways(runs: Runs) -> list[bool]:
    """Whether compiled: first, if it was measured, then not."""
    return [True, False] if _ours(CONNECTIONS[0], compiled=True) in runs else [False]


def _figure(runs: Runs, peer: str, beside: Callable[[int], str], wanted: float, *, compiled: bool) -> Figure:
    """The best of our numbers of connections."""
    got = max(ratio(runs[_ours(count, compiled=compiled)], runs[beside(count)]) for count in CONNECTIONS)
    return Figure(what=f"durable personal mail{', compiled,' * compiled} ÷ {peer}", got=got, wanted=wanted)


def _cpu(runs: Sequence[Run]) -> float:
    return statistics.median(run.cpu_each for run in runs)


def profile(folder: Path, mails: int) -> None:
    """Prints the top costs of one run of ours."""
    base, file = house.build(folder / "base", mails), folder / "profile"
    with smtp_sink() as port:
        client.send(house.copy(base, folder / "profiled", port), file)
    print(costs.listing(file.read_text(encoding="utf-8")))


def _native() -> tuple[Path | None, str | None]:
    """The compiled program, or why there is none."""
    try:
        return compiled.place(), None
    except compiled.NotCompiled as why:
        return None, str(why)


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.durable", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plain", action="store_true", help="without the compiled program")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--profile", action="store_true", help="tell the top costs of one run instead")
    given = parser.parse_args(arguments)
    try:
        peers.smtp_source_path()
    except peers.Missing as error:
        return Report(notes=[str(error)])
    with tempfile.TemporaryDirectory() as folder:
        if given.profile and not costs.path():
            return Report(notes=[costs.NEEDED])
        if given.profile:
            profile(Path(folder), given.mails)
            return Report()
        without = peers.without(alone=given.alone)
        native, missing = (None, None) if given.plain else _native()
        peer = Peers(source=not given.alone, node=not without, native=native)
        runs, notes = measure(Path(folder), given.mails, given.rounds, peer)
    return report(runs, [*notes, *filter(None, (without, missing))])


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
