"""A round trip of 30 ms between us and the relay, 10 connections, ÷ nodemailer's pool: on three relays.

A proxy process carries each octet 15 ms late in each direction. `smtp-sink` offers PIPELINING; the light sink of the
tests offers CHUNKING too, and so does Debian's Postfix, which throws the mails away (virtual_transport=discard). Ours
is durable as in `bench.durable`, and opening the connections is counted for both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.rig import client, house, peers
from bench.rig.report import Figure, Report
from bench.rig.run import Run, median_rate, ratio
from bench.rig.sinks import light_sink, serving, smtp_sink
from tests.channel.setup import closed_port
from tests.servers import postfix

WAY = 0.015
"""Seconds in each direction."""

CONNECTIONS = 10
THEIRS = 450
"""Mails that take nodemailer three seconds."""

DISCARDING = {
    "virtual_mailbox_domains": "example.com, wallet.example",
    "virtual_mailbox_maps": "static:all/",
    "virtual_transport": "discard",
}


@dataclass(frozen=True, slots=True)
class Relay:
    """Where to; how many mails of ours take some seconds there; what is wanted of it."""

    name: str
    open: Callable[[], AbstractContextManager[int]]
    mails: int
    wanted: float


@contextmanager
def discarding() -> Iterator[int]:
    with postfix.running(DISCARDING, ["discard unix - - n - - discard"]) as relay:
        yield relay.port


POSTFIX = Relay("CHUNKING, Postfix", discarding, 8_000, 5)
RELAYS = (
    Relay("PIPELINING only, smtp-sink", smtp_sink, 3_000, 1.9),
    Relay("CHUNKING, a light sink", lambda: light_sink(chunking=True), 20_000, 10),
    POSTFIX,
)


@contextmanager
def far(port: int) -> Iterator[int]:
    """The same server, 15 ms away. The proxy shares the server's core."""
    proxy = closed_port()
    command = [sys.executable, "-m", "bench.rig.delay", "--port", str(proxy), "--to", str(port), "--way", str(WAY)]
    with serving(command, proxy):
        yield proxy


def measure(folder: Path, rounds: int, share: float, *, alone: bool) -> Mapping[Relay, tuple[list[Run], list[Run]]]:
    """Relay -> our runs and nodemailer's, in turns; `share` of the usual number of mails."""
    runs: dict[Relay, tuple[list[Run], list[Run]]] = {relay: ([], []) for relay in _possible()}
    bases = {relay: house.build(folder / f"base-{relay.mails}", max(1, int(relay.mails * share))) for relay in runs}
    for number in range(rounds):
        for relay, (ours, theirs) in runs.items():
            with relay.open() as near, far(near) as port:
                copy = house.copy(bases[relay], folder / f"{relay.mails}-{number}", port, connections=CONNECTIONS)
                ours.append(client.send(copy).run)
                if not alone:
                    theirs.append(peers.nodemailer(port, max(1, int(THEIRS * share)), CONNECTIONS))
    return runs


def _possible() -> Iterator[Relay]:
    """The relays that can run here."""
    yield from (relay for relay in RELAYS if relay is not POSTFIX or not postfix.why_not())


def report(runs: Mapping[Relay, tuple[list[Run], list[Run]]], notes: Sequence[str]) -> Report:
    rows, figures = [], []
    for relay, (ours, theirs) in runs.items():
        row = [relay.name, f"{median_rate(ours):,.0f}"]
        if theirs:
            found = ratio(ours, theirs)
            row += [f"{median_rate(theirs):,.0f}", f"{found:.1f}"]
            what = f"30 ms round trip, 10 connections, {relay.name} ÷ nodemailer"
            figures.append(Figure(what=what, got=found, wanted=relay.wanted))
        rows.append(row)
    columns = ["relay", "incident, mails/s", "nodemailer, mails/s", "÷ nodemailer"][: len(rows[0])]
    return Report(columns=columns, rows=rows, figures=figures, notes=notes)


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.distance", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of mails")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    given = parser.parse_args(arguments)
    try:
        peers.smtp_source_path()
    except peers.Missing as missing:
        return Report(notes=[str(missing)])
    without, no_postfix = peers.without(alone=given.alone), postfix.why_not()
    with tempfile.TemporaryDirectory() as folder:
        runs = measure(Path(folder), given.rounds, given.share, alone=bool(without))
    return report(
        runs, [*([without] if without else []), *([f"Not into Postfix: {no_postfix}."] if no_postfix else [])]
    )


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
