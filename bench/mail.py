"""The road alone, nothing recorded, ÷ smtplib ÷ C's smtp-source, each into a fresh smtp-sink.

Each mail is about 2 kB, personal (the name stands in the text), half of them Chinese.
"""

from __future__ import annotations

import argparse
import smtplib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.rig import peers
from bench.rig.cores import SENDER, on
from bench.rig.report import Report
from bench.rig.run import Run, median_rate, ratio
from bench.rig.sinks import smtp_sink
from bench.rig.texts import TEXTS, address, person
from incident.channel import mime
from incident.channel.port import Channel, Delivery, Sent
from incident.message import stencil
from incident.message.rendered import fill
from tests.channel.setup import channel

STENCILS = {locale: stencil.cut(rendered) for locale, rendered in TEXTS.items()}


def deliveries(count: int, *, patched: bool) -> Iterator[Delivery]:
    for no in range(count):
        locale, fields = person(no)
        yield Delivery(
            no=no,
            key=f"b1.{no}",
            address=address(no),
            locale=locale,
            parts=partial(fill, TEXTS[locale]) if patched else fill(TEXTS[locale], fields),
            thread="INC-1",
            unsubscribe_url=f"https://wallet.example/u/b1.{no}",
            stencil=STENCILS[locale] if patched else None,
            fields=stencil.values(fields) if patched else {},
        )


def ours(connections: int, *, patched: bool = True) -> Callable[[int, int], None]:
    def run(port: int, count: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"
            keys = f'{{kind: mail, url: "{url}", connections: {connections}}}'
            sending: Channel = channel(keys, Path(folder), "email")
            sent = sum(
                isinstance(outcome, Sent)
                for _, outcome in sending.send(deliveries(count, patched=patched), lambda: False)
            )
            sending.close()
        assert sent == count, sent

    return run


def with_smtplib(port: int, count: int) -> None:
    """One session, one mail at a time: what the standard library does."""
    sender = mime.Sender(address="notice@wallet.example")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="bench") as session:
        for delivery in deliveries(count, patched=False):
            session.sendmail(sender.address, [delivery.address], mime.build(delivery, sender, datetime.now(UTC)))


def smtp_source(sessions: int) -> Callable[[int, int], None]:
    """The same text to everybody: it does not write personal mails."""

    def run(port: int, count: int) -> None:
        peers.smtp_source(port, count, sessions, 1_800)

    return run


# name -> (what runs, the share of the mails that it gets, so that the slow ones do not take all evening)
SOURCE = "smtp-source, 10"
RUNS: Mapping[str, tuple[Callable[[int, int], None], float]] = {
    "smtplib, one session": (with_smtplib, 0.2),
    "incident, built, 8": (ours(8, patched=False), 0.5),
    "incident, 1 connection": (ours(1), 1),
    "incident, 8": (ours(8), 1),
    "incident, 16": (ours(16), 1),
    "smtp-source, 1": (smtp_source(1), 0.5),
    SOURCE: (smtp_source(10), 1),
}


def measure(mails: int, rounds: int) -> dict[str, list[Run]]:
    """Name -> a run of each round, each against a fresh sink."""
    runs: dict[str, list[Run]] = {name: [] for name in RUNS}
    for _ in range(rounds):
        for name, (run, share) in RUNS.items():
            count = max(1, int(mails * share))
            with smtp_sink() as port, on(SENDER):
                began, cpu = time.perf_counter(), time.process_time()
                run(port, count)
                seconds = time.perf_counter() - began
                runs[name].append(Run(mails=count, seconds=seconds, cpu=time.process_time() - cpu))
    return runs


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.mail", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    try:
        peers.smtp_source_path()
    except peers.Missing as missing:
        return Report(notes=[str(missing)])
    runs = measure(given.mails, given.rounds)
    rows = [(name, f"{median_rate(mine):,.0f}", f"{ratio(mine, runs[SOURCE]):.2f}") for name, mine in runs.items()]
    return Report(columns=("client", "mails/s", "÷ smtp-source, 10"), rows=rows)


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
