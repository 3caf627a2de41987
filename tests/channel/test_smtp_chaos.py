"""`smtp-sink`, rejecting, disconnecting and dawdling in every way it has, under a whole broadcast that the real
ledger drives. Each kind of sink is a process of its own, and each connection meets one of them by chance.

The sinks' own books are the mails that they have received whole (-d); what a sink says names it.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from incident.channel.settings import open_channel
from incident.store import Store
from tests.channel.chaos import Broadcast, Said, check_end, said_of
from tests.channel.setup import closed_port, read
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.servers import crossroads
from tests.tally import Tally

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(SINK is None, reason="smtp-sink is not installed: apt-get install postfix")
SECONDS = timedelta(milliseconds=500)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A sink's options, and what the ledger says of a mail that it has answered. `whole` sinks answer (or fall silent)
    after they have the whole mail: then it stands in their book."""

    name: str
    options: Sequence[str]
    says: Said
    whole: bool = False


def soft(name: str, at: str, reply: str, reason: str) -> Kind:
    options = ("-r", at, "-b", f"{reply} {name}")
    return Kind(name=name, options=options, says=("deferred", reason), whole=at == ".")


def hard(name: str, at: str, reply: str, reason: str) -> Kind:
    return Kind(name=name, options=("-f", at, "-B", f"{reply} {name}"), says=("refused", reason), whole=at == ".")


# -W goes with -p: smtp-sink answers what was pipelined behind a delayed command before the command itself.
TAKEN = ("accepted", "")
LATER = ("deferred", "interrupted")
KINDS = (
    Kind(name="good", options=(), says=TAKEN, whole=True),
    Kind(name="no pipelining", options=("-p",), says=TAKEN, whole=True),
    Kind(name="no esmtp", options=("-e",), says=TAKEN, whole=True),
    Kind(name="seven bits", options=("-8",), says=TAKEN, whole=True),
    soft("soft-mail", "MAIL", "451 4.3.0", "busy"),
    soft("soft-rcpt", "RCPT", "450 4.2.0", "busy"),
    soft("soft-full", "RCPT", "452 4.2.2", "mailbox_full"),
    soft("soft-greylisted", "RCPT", "451 4.7.1 greylisted", "greylisted"),
    soft("soft-data", "DATA", "451 4.3.0", "busy"),
    soft("soft-dot", ".", "451 4.3.0", "busy"),
    hard("hard-mail", "MAIL", "552 5.3.4", "too_large"),
    hard("hard-rcpt", "RCPT", "550 5.1.1", "bad_address"),
    hard("hard-data", "DATA", "554 5.6.0", "bad_content"),
    hard("hard-dot", ".", "554 5.7.1", "blocked"),
    Kind(name="gone at the greeting", options=("-q", "CONNECT"), says=LATER),
    Kind(name="gone at EHLO", options=("-q", "EHLO"), says=LATER),
    Kind(name="gone at MAIL", options=("-q", "MAIL"), says=LATER),
    Kind(name="gone at RCPT", options=("-q", "RCPT"), says=LATER),
    Kind(name="gone at DATA", options=("-q", "DATA"), says=LATER),
    Kind(name="gone at the dot", options=("-q", "."), says=("unknown", "no_reply"), whole=True),
    Kind(name="421 at the greeting", options=("-Q", "CONNECT"), says=("deferred", "busy")),
    Kind(name="421 at MAIL", options=("-Q", "MAIL"), says=("deferred", "busy")),
    Kind(name="421 at RCPT", options=("-Q", "RCPT"), says=("deferred", "busy")),
    Kind(name="421 at the dot", options=("-Q", "."), says=("deferred", "busy"), whole=True),
    Kind(name="slow at DATA", options=("-w", "2"), says=LATER),
    Kind(name="slow at the dot", options=("-W", ".:2", "-p"), says=("unknown", "timeout"), whole=True),
    Kind(name="now and then slow", options=("-W", "RCPT:1:10", "-p"), says=TAKEN, whole=True),
)
NAMED = {kind.name: kind for kind in KINDS if "-" in kind.name}
"""What these say names them."""


@contextmanager
def sink(kind: Kind, folder: Path) -> Iterator[int]:
    """A process on a port of its own, which keeps its book in `folder`."""
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    port = closed_port()
    who = ("-u", "nobody") if os.geteuid() == 0 else ()
    command = [str(SINK), *who, "-d", f"{folder}/mail.", *kind.options, f"127.0.0.1:{port}", "100"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def book(folder: Path) -> Iterator[tuple[str, str]]:
    """(address, Message-ID) of each mail that this sink has received whole."""
    for file in folder.iterdir():
        text = file.read_text("utf-8", "replace")
        if not text.rstrip().endswith(ledger.TEXT.parts["text"]):
            continue  # cut off on its way
        (address,) = re.findall(r"^X-Rcpt-Args: <(.*?)>", text, re.MULTILINE)
        (number,) = re.findall(r"^message-id:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
        yield address, number


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where sinks may write: as root they are nobody, to whom pytest's folders are closed."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def night(folder: Path, store: Store, clock: MovableClock, seed: int, people: int) -> Broadcast:
    """One broadcast to sinks of every kind."""
    with ExitStack() as stack:
        ports = [stack.enter_context(sink(kind, folder / f"{no}")) for no, kind in enumerate(KINDS)]
        bad = [port for kind, port in zip(KINDS, ports, strict=True) if kind.says != TAKEN]
        chance = random.Random(seed)
        time.sleep(0.3)
        port = stack.enter_context(crossroads.running(ports, chance, chance.sample(bad, len(bad)))).port
        url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"
        specs, mistakes = read(f"email: {{kind: mail, url: '{url}', connections: 6}}", folder)
        assert not mistakes, mistakes
        sent = Broadcast(store, clock, [open_channel(replace(specs["email"], timeout=SECONDS), clock)], people)
        sent.send()
        time.sleep(0.1)
    compare(sent, [(kind, list(book(folder / f"{no}"))) for no, kind in enumerate(KINDS)])
    return sent


def compare(sent: Broadcast, books: Sequence[tuple[Kind, list[tuple[str, str]]]]) -> None:
    """1. Each try is called what the sink that answered it means. 2. What sinks received whole, they and the ledger say
    the same number of times; nothing that was handed over whole is called anything else. 3. At most one sink has taken
    it, unless it was unknown. 4. All that arrived of a mail has one Message-ID. 5. It came to its end."""
    whole: dict[str, Counter[Said]] = defaultdict(Counter)
    numbers: dict[str, set[str]] = defaultdict(set)
    for kind, received in books:
        for address, number in received:
            whole[address][kind.says] += 1
            numbers[address].add(number)
    for row, tries in sent.tries():
        address = row["address"]
        said = [said_of(one) for one in tries]
        story = f"\n{address}: {said}\nreceived whole: {dict(whole[address])}\n{[one['words'] for one in tries]}"
        heard = as_heard(said)
        for one, word in zip(tries, heard, strict=True):
            check_reason(one["words"] or "", word, story)
        for what in (TAKEN, ("unknown", "no_reply"), ("unknown", "timeout"), ("refused", "blocked")):
            assert whole[address][what] == heard.count(what), f"{what}{story}"
        assert whole[address][TAKEN] <= 1, f"taken twice{story}"
        assert len(numbers[address]) <= 1, f"two Message-IDs{story}"
        check_end(said, story, hold=False)


def as_heard(said: Sequence[Said]) -> list[Said]:
    """What the sinks meant: a refusal of what an earlier try may have brought stands as unknown, with its reason."""
    own = ("no_reply", "timeout", "unclear")
    doubted = [any(state == "unknown" for state, _ in said[:no]) for no in range(len(said))]
    return [
        ("refused", reason) if state == "unknown" and doubt and reason not in own else (state, reason)
        for (state, reason), doubt in zip(said, doubted, strict=True)
    ]


def check_reason(words: str, said: Said, story: str) -> None:
    """A sink that names itself means one thing; what has no words of a sink is how far the mail came."""
    named = [kind for name, kind in NAMED.items() if name in words]
    if named:
        assert said == named[0].says, f"{named[0].name} is called {said}{story}"
    else:
        deferred = {("deferred", reason) for reason in ("unreachable", "interrupted", "busy")}
        assert said in deferred | {TAKEN, ("unknown", "no_reply"), ("unknown", "timeout")}, f"{said}{story}"


@pytest.mark.parametrize("seed", [1])
def test_everybody_is_accounted_for(folder: Path, sqlite_store: Store, clock: MovableClock, seed: int) -> None:
    """The sinks' books and the ledger agree on every mail that was handed over."""
    sent = night(folder, sqlite_store, clock, seed, people=120)
    reasons = {said_of(one) for _, tries in sent.tries() for one in tries}
    assert len(reasons) >= 10, reasons


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_through_many_nights(folder: Path, store: Store, clock: MovableClock, tally: Tally, seed: int) -> None:
    """The same, longer, on both databases."""
    sent = night(folder, store, clock, seed, people=2_000)
    tally.count("mails through sinks that misbehave, all accounted for", len(list(sent.tries())))
