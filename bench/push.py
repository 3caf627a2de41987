"""The road of push alone, nothing recorded: one POST a recipient, or many in one, ÷ requests ÷ Apprise.

About 2 kB a message, half of them Chinese, into a gateway on loopback that says yes to everything. With a round trip as
long as that of a real network the distance grows: a batch of a hundred pays it once.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.rig.cores import SENDER, on
from bench.rig.report import Figure, Report
from bench.rig.run import Run, median_rate, ratio
from bench.rig.sinks import serving
from bench.rig.texts import TEXTS, person
from incident.channel import document
from incident.channel.port import Channel, Delivery, Sent
from incident.message import stencil
from incident.message.rendered import fill
from tests.channel.setup import channel, closed_port

STENCILS = {locale: stencil.cut(rendered) for locale, rendered in TEXTS.items()}


@contextmanager
def gateway() -> Iterator[int]:
    port = closed_port()
    with serving([sys.executable, "-m", "bench.rig.gateway", "--port", str(port)], port):
        yield port


def deliveries(count: int) -> Iterator[Delivery]:
    for no in range(count):
        locale, fields = person(no)
        yield Delivery(
            no=no,
            key=f"b1.{no}",
            address=f"token-{no}",
            locale=locale,
            medium="push",
            parts=partial(fill, TEXTS[locale]),
            stencil=STENCILS[locale],
            fields=stencil.values(fields),
        )


def ours(entry: str) -> Callable[[int, int], None]:
    """Our channel, as incident.yaml would have it."""

    def run(port: int, count: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            sending: Channel = channel(f"{{{entry.replace('HERE', f'127.0.0.1:{port}')}}}", Path(folder))
            sent = sum(isinstance(outcome, Sent) for _, outcome in sending.send(deliveries(count), lambda: False))
            sending.close()
        assert sent == count, sent

    return run


def webhook(keys: str) -> Callable[[int, int], None]:
    return ours(f"kind: webhook, url: 'http://HERE/push', {keys}")


def with_session(port: int, count: int) -> None:
    """requests, one session: the usual way to post."""
    import requests

    with requests.Session() as session:
        for delivery in deliveries(count):
            reply = session.post(f"http://127.0.0.1:{port}/push", json=document.whole(delivery), timeout=20)
            assert reply.status_code == 200
            assert reply.json()["id"]


def with_http_client(port: int, count: int) -> None:
    """The standard library, one connection: nothing is judged."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for delivery in deliveries(count):
        body = document.as_json(document.whole(delivery))
        connection.request("POST", "/push", body, {"Content-Type": "application/json"})
        assert connection.getresponse().read()
    connection.close()


def with_apprise(port: int, count: int) -> None:
    """Apprise itself, without the 5.5 seconds that it waits between two calls."""
    import apprise

    for delivery in deliveries(count):
        plugin = apprise.Apprise.instantiate(f"json://127.0.0.1:{port}/{delivery.address}")
        plugin.request_rate_per_sec = 0
        assert plugin.notify(title=delivery.parts["subject"], body=delivery.parts["text"], body_format="text")


SESSION, APPRISE, BATCH = "requests.Session", "Apprise, json://", "incident, webhook, batch: 100"
# name -> (what runs, the share of the messages that it gets, so that the slow ones do not take all evening)
RUNS: Mapping[str, tuple[Callable[[int, int], None], float]] = {
    APPRISE: (with_apprise, 0.05),
    "incident, kind: apprise, json://": (ours("kind: apprise, url: 'json://HERE/{push}'"), 0.05),
    SESSION: (with_session, 0.1),
    "http.client, one connection": (with_http_client, 0.3),
    "incident, webhook, 1 connection": (webhook("connections: 1"), 0.3),
    "incident, webhook, 4 connections": (webhook("connections: 4"), 0.3),
    "incident, webhook, batch: 10": (webhook("batch: 10"), 1),
    BATCH: (webhook("batch: 100"), 1),
    "incident, webhook, batch: 500": (webhook("batch: 500"), 1),
}


def measure(messages: int, rounds: int) -> dict[str, list[Run]]:
    """Name -> a run of each round, each into a fresh gateway."""
    runs: dict[str, list[Run]] = {name: [] for name in RUNS}
    for _ in range(rounds):
        for name, (run, share) in RUNS.items():
            count = max(1, int(messages * share))
            with gateway() as port, on(SENDER):
                run(port, 1)  # Apprise reads its 183 plug-ins at the first one
                began, cpu = time.perf_counter(), time.process_time()
                run(port, count)
                seconds = time.perf_counter() - began
                runs[name].append(Run(mails=count, seconds=seconds, cpu=time.process_time() - cpu))
    return runs


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.push", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    runs = measure(given.messages, given.rounds)
    rows = [
        (
            name,
            f"{median_rate(mine):,.0f}",
            f"{ratio(mine, runs[SESSION]):.1f}",
            f"{ratio(mine, runs[APPRISE]):.1f}",
        )
        for name, mine in runs.items()
    ]
    figures = (
        Figure(what="push, batches of 100 ÷ requests.Session", got=ratio(runs[BATCH], runs[SESSION]), wanted=10),
        Figure(what="push, batches of 100 ÷ Apprise", got=ratio(runs[BATCH], runs[APPRISE]), wanted=15),
    )
    return Report(columns=("client", "recipients/s", "÷ requests", "÷ Apprise"), rows=rows, figures=figures)


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
