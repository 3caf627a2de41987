"""What the channel tests write most: a channel read from YAML as incident.yaml would have it, and deliveries."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator
from pathlib import Path
from time import monotonic

from incident.channel.pace import Paced
from incident.channel.port import Channel, Delivery, Outcome
from incident.channel.settings import SECTION, open_channel
from incident.channel.spec import ChannelSpec
from incident.errors import Mistake
from incident.shape import Reader
from incident.yamlfile import parse
from tests.clock import MovableClock

PARTS = {
    "subject": "支付服务中断",
    "title": "支付服务中断",
    "body": "您的资金安全。",
    "text": "您的资金安全。\n下次通报：03:10\n",
    "html": "<p>您的资金安全。</p>",
    "link": "https://status.wallet.example/1",
}


def read(text: str, folder: Path) -> tuple[dict[str, ChannelSpec], list[Mistake]]:
    """The section `channels`, as it is read from a file in `folder`."""
    reader = Reader(str(folder / "incident.yaml"))
    node = parse(text, reader.file, reader.mistakes)
    assert node is not None, reader.mistakes
    return SECTION.shape.read(node, "channels", reader), reader.mistakes


def channel(entry: str, folder: Path, name: str = "push") -> Channel:
    """One open channel; `entry` is the flow mapping behind its name."""
    specs, mistakes = read(f"{name}: {entry}", folder)
    assert not mistakes, mistakes
    return open_channel(specs[name], MovableClock())


def delivery(no: int, address: str, **changes: object) -> Delivery:
    given = {
        "no": no,
        "key": f"b1-{no}",
        "address": address,
        "recipient": f"r{no}",
        "locale": "zh-Hans",
        "parts": PARTS,
        **changes,
    }
    return Delivery(**given)  # type: ignore[arg-type]


class Unhurried:
    """A supply in which each delivery is due a moment after the one before; it knows what was taken too early."""

    def __init__(self, deliveries: Collection[Delivery], moment: float = 0.03) -> None:
        self._left = len(deliveries)
        self._deliveries = deliveries
        self._moment = moment
        self._next = 0.0
        self.taken_early: list[int] = []

    def due(self) -> float:
        return max(0.0, self._next - monotonic()) if self._left else 0.0

    def __iter__(self) -> Iterator[Delivery]:
        for one in self._deliveries:
            if self.due() > 0:
                self.taken_early.append(one.no)
            self._left -= 1
            self._next = monotonic() + self._moment
            yield one


def outcomes(open_channel: Channel, deliveries: Collection[Delivery]) -> dict[int, Outcome]:
    """Everything sent; each number once."""
    found = list(open_channel.send(Paced(deliveries, open_channel.rates), lambda: False))
    assert len(found) == len(dict(found))
    return dict(found)


def one(open_channel: Channel, sent: Delivery) -> Outcome:
    return outcomes(open_channel, [sent])[sent.no]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
