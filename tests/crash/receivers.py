"""The tests' own mail servers for crash tests, one for each gait in which mails can go out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.program import Receiver
from tests.servers import fastsink
from tests.servers import sink as sinks

GAITS = ("stepping", "riding", "streaming")
"""One command after the other; the next mail's commands beside this one's text; a window of whole mails."""

_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class _Fast:
    """The light sink, read as an address and a Message-ID for each mail."""

    def __init__(self, inbox: fastsink.Inbox, port: int) -> None:
        self._inbox = inbox
        self.url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"

    @property
    def count(self) -> int:
        return self._inbox.count

    def mails(self) -> list[tuple[str, str]]:
        return [(mail.recipient, _id(mail.content)) for mail in list(self._inbox.mails)]


def _id(content: bytes) -> str:
    found = _ID.search(content)
    return found[1].decode() if found else "-"


@contextmanager
def receiving(gait: str, folder: Path) -> Iterator[Receiver]:
    """A server that offers what this gait needs."""
    if gait == "stepping":
        with sinks.running(folder / "mails") as sink:
            yield sink
        return
    inbox = fastsink.Inbox(chunking=gait == "streaming")
    with fastsink.running(inbox) as port:
        yield _Fast(inbox, port)
