"""Durable personal mail, every outcome in the ledger on disk: this program ÷ C's `smtp-source` ÷ nodemailer.

    python -m bench.durable --mails 40000 --rounds 5 [--profile]

Ours: recipients imported into SQLite (WAL, synchronous=FULL), a broadcast frozen, then sent as a worker sends it; the
clock runs from the first claim to the last outcome committed, and the ledger must add up. smtp-source writes the same
text to everybody and records nothing; nodemailer writes personal mails and records nothing. Same `smtp-sink`, same
octets a mail, client and sink on one core each, rounds interleaved; ratios are medians of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import pstats
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bench.rig import client, house, peers
from bench.rig.run import Run, median_rate, ratio
from bench.rig.sinks import smtp_sink
from tests.servers import fastsink

SOURCE, NODE = "smtp-source, 10 sessions kept open", "nodemailer pool"
SESSIONS = 10
SHARE = 10
"""nodemailer gets a tenth of the mails: it would take all evening."""


def octets(send: Callable[[int], object]) -> float:
    """Mean size of the mails that `send(port)` sends, as they arrive."""
    inbox = fastsink.Inbox()
    with fastsink.running(inbox) as port:
        send(port)
    return statistics.mean(len(mail.content) for mail in inbox.mails[-200:])


def measure(folder: Path, mails: int, rounds: int, connections: Iterable[int] = (8, 16)) -> dict[str, list[Run]]:
    """Name -> a run of each round."""
    base = house.build(folder / "base", mails)
    length = _calibrated(folder)
    runs: dict[str, list[Run]] = {}
    freezes = []
    for number in range(rounds):
        with smtp_sink() as port:
            _keep(runs, SOURCE, peers.smtp_source(port, mails, SESSIONS, length))
        for count in connections:
            with smtp_sink() as port:
                workspace = house.copy(base, folder / f"{number}-{count}", port, connections=count)
                told = client.send(workspace)
            _keep(runs, f"incident, {count} connections", told.run)
            freezes.append(told.freeze)
            with smtp_sink() as port:
                _keep(runs, f"{NODE}, {count}", peers.nodemailer(port, max(1, mails // SHARE), count))
    print(f"freezing {mails:,} rows: {statistics.median(freezes):.2f} s (not counted below)")
    return runs


def _keep(runs: dict[str, list[Run]], name: str, run: Run) -> None:
    runs.setdefault(name, []).append(run)


def _calibrated(folder: Path) -> int:
    """The option -l of smtp-source that makes its mails as long as ours; says what the others' are."""
    small = house.build(folder / "small", 200)
    ours = octets(lambda port: client.send(house.copy(small, folder / "sized", port)))
    theirs = octets(lambda port: peers.nodemailer(port, 200, 1))
    trial = octets(lambda port: peers.smtp_source(port, 20, 1, 2000))
    length = round(2000 + ours - trial)
    then = octets(lambda port: peers.smtp_source(port, 20, 1, length))
    print(f"octets a mail: incident {ours:.0f}, smtp-source {then:.0f}, nodemailer {theirs:.0f}")
    return length


def show(runs: dict[str, list[Run]]) -> None:
    """One line a client: rate, processor, and how many times a peer's rate in the same round."""
    print(f"{'':38} {'mails/s':>9} {'µs cpu':>7} {'÷ smtp-source':>14} {'÷ nodemailer':>13}")
    for name, mine in runs.items():
        count = name.rpartition(" connections")[0].rpartition(" ")[2] or name.rpartition(" ")[2]
        node = runs.get(f"{NODE}, {count}", runs[f"{NODE}, 8"])
        cpu = statistics.median(run.cpu_each for run in mine)
        ratios = f"{ratio(mine, runs[SOURCE]):14.2f} {ratio(mine, node):13.1f}"
        print(f"{name:38} {median_rate(mine):9,.0f} {cpu:7.1f} {ratios}")


def profile(folder: Path, mails: int) -> None:
    """The top costs of one run of ours."""
    base, file = house.build(folder / "base", mails), folder / "profile"
    with smtp_sink() as port:
        client.send(house.copy(base, folder / "profiled", port), file)
    pstats.Stats(str(file)).sort_stats("tottime").print_stats(35)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="tell the top costs of one run instead")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        try:
            peers.smtp_source_path()
            if given.profile:
                profile(Path(folder), given.mails)
            else:
                peers.node_modules()
                show(measure(Path(folder), given.mails, given.rounds))
        except peers.Missing as missing:
            print(missing)


if __name__ == "__main__":
    main(sys.argv[1:])
