"""Mails a second into Postfix's `smtp-sink`: this program, smtplib, and C's `smtp-source`, interleaved, same sink.

    python -m bench.mail --mails 20000 --rounds 3

Each mail is about 2 kB, personal (the name stands in the text), half of them Chinese. Nothing is recorded durably here:
this is the road alone. Debian's package postfix brings smtp-sink and smtp-source.
"""

from __future__ import annotations

import argparse
import shutil
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.rig.texts import TEXTS, address, person
from incident.channel import mime
from incident.channel.port import Channel, Delivery, Sent
from incident.message import stencil
from incident.message.rendered import fill
from tests.channel.setup import channel, closed_port

SINK, SOURCE = (shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("smtp-sink", "smtp-source"))
STENCILS = {locale: stencil.cut(rendered) for locale, rendered in TEXTS.items()}


def deliveries(count: int, *, patched: bool) -> Iterator[Delivery]:
    for no in range(count):
        locale, fields = person(no)
        yield Delivery(
            no=no,
            key=f"b1.{no}",
            address=address(no),
            locale=locale,
            parts=stencil.Filled(TEXTS[locale], fields) if patched else fill(TEXTS[locale], fields),
            thread="INC-1",
            unsubscribe_url=f"https://wallet.example/u/b1.{no}",
            stencil=STENCILS[locale] if patched else None,
            fields=stencil.values(fields) if patched else {},
        )


@contextmanager
def sink() -> Iterator[int]:
    port = closed_port()
    process = subprocess.Popen([str(SINK), "-u", "nobody", f"127.0.0.1:{port}", "1000"])
    time.sleep(0.3)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


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
    """The same text to everybody: it does not write personal mails. -d keeps the sessions open."""

    def run(port: int, count: int) -> None:
        command = [str(SOURCE), "-d", "-s", str(sessions), "-l", "2048", "-m", str(count)]
        subprocess.run(
            [*command, "-f", "n@x.cn", "-t", "li@x.cn", f"127.0.0.1:{port}"], check=True, capture_output=True
        )

    return run


# name -> (what runs, the share of the mails that it gets, so that the slow ones do not take all evening)
RUNS: Mapping[str, tuple[Callable[[int, int], None], float]] = {
    "smtplib, one session": (with_smtplib, 0.2),
    "incident, built, 8": (ours(8, patched=False), 1),
    "incident, 1 connection": (ours(1), 1),
    "incident, 8": (ours(8), 1),
    "incident, 16": (ours(16), 1),
    "smtp-source, 1": (smtp_source(1), 0.5),
    "smtp-source, 10": (smtp_source(10), 1),
}


def measure(mails: int, rounds: int) -> dict[str, float]:
    """Name -> mails a second, median over interleaved rounds; each against a fresh sink."""
    rates: dict[str, list[float]] = {name: [] for name in RUNS}
    for _ in range(rounds):
        for name, (run, share) in RUNS.items():
            count = max(1, int(mails * share))
            with sink() as port:
                began = time.perf_counter()
                run(port, count)
                rates[name].append(count / (time.perf_counter() - began))
    return {name: statistics.median(found) for name, found in rates.items()}


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    if SINK is None or SOURCE is None:
        parser.exit(1, "smtp-sink and smtp-source are missing: apt-get install postfix\n")
    rates = measure(given.mails, given.rounds)
    for name, rate in rates.items():
        print(f"{name:24} {rate:8.0f}/s  {rate / rates['smtp-source, 10']:5.2f} of smtp-source")


if __name__ == "__main__":
    main(sys.argv[1:])
