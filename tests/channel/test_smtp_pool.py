"""The pool over real sockets: every mail has one outcome, whatever a relay refuses, and a dead relay is found once."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.channel.port import Channel, Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.channel.smtp import engine
from tests.channel.setup import channel, closed_port, delivery, outcomes
from tests.servers.fastsink import Inbox, Stage, running

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")


def aimed(port: int, folder: Path, keys: str = "") -> Channel:
    url = f"mailto://127.0.0.1:{port}/?from=notice@wallet.example"
    return channel(f'{{kind: mail, url: "{url}", timeout: 5s{keys}}}', folder, "email")


def people(count: int) -> list[Delivery]:
    return [delivery(no, f"li{no}@example.com") for no in range(count)]


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("pipelining", [False, True])
def test_each_gait_delivers_all(tmp_path: Path, chunking: bool, pipelining: bool) -> None:
    """Stepping, riding and streaming deliver the same mails."""
    inbox = Inbox(chunking=chunking, pipelining=pipelining)
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        sent = outcomes(sending, people(200))
        sending.close()
    assert all(isinstance(outcome, Sent) for outcome in sent.values())
    assert sorted(inbox.recipients()) == sorted(f"li{no}@example.com" for no in range(200))
    assert 1 < inbox.sessions <= 8


@pytest.mark.parametrize("chunking", [False, True])
def test_chaos(tmp_path: Path, chunking: bool) -> None:
    """Refusals, 421 and broken sessions at random: each is accounted for, and Sent means that the server has it."""
    chance = random.Random(7)
    replies = ["550 5.1.1 no", "450 4.2.0 later", "421 4.3.2 bye", "drop"]

    def script(stage: Stage, address: str) -> str:
        known = stage in ("mail", "rcpt", "data", "text") and chance.random() < 0.02
        return chance.choice(replies) if known else ""

    inbox = Inbox(chunking=chunking, script=script)
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        sent = outcomes(sending, people(600))
        sending.close()
    assert set(sent) == set(range(600))
    has = {int(address[2:].partition("@")[0]) for address in inbox.recipients()}
    assert len(has) == len(inbox.mails)
    accepted = {no for no, outcome in sent.items() if isinstance(outcome, Sent)}
    unknown = {no for no, outcome in sent.items() if isinstance(outcome, Unknown)}
    assert accepted <= has <= accepted | unknown
    assert len(accepted) > 400


def test_many_refused_in_a_row(tmp_path: Path) -> None:
    """A whole audience that is refused: each person has the server's answer, in new sessions before it hangs up."""
    inbox = Inbox(script=lambda stage, address: "550 5.1.1 nobody" if stage == "rcpt" else "")
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        sent = outcomes(sending, people(40))
        sending.close()
    assert {type(outcome) for outcome in sent.values()} == {Refused}
    assert inbox.sessions >= 10


def test_deliveries_may_come_while_sending(tmp_path: Path) -> None:
    """The batch may be an endless producer: one is asked for when it starts, and no more after a stop."""
    made: list[int] = []

    def produce() -> Iterator[Delivery]:
        while True:
            made.append(len(made))
            yield delivery(made[-1], f"li{made[-1]}@example.com")

    heard: dict[int, Outcome] = {}
    inbox = Inbox()
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        for no, outcome in sending.send(produce(), lambda: len(heard) >= 500):
            heard[no] = outcome
        sending.close()
    assert len(inbox.mails) == len(heard) >= 500
    assert len(made) - len(heard) <= 1


def test_what_the_producer_raises(tmp_path: Path) -> None:
    """It rises to the caller, after the outcomes of what was under way."""

    def produce() -> Iterator[Delivery]:
        yield from people(5)
        raise LookupError("ledger")

    heard: list[int] = []
    with running(Inbox()) as port:
        sending = aimed(port, tmp_path)
        with pytest.raises(LookupError):
            heard.extend(no for no, _ in sending.send(produce(), lambda: False))
        sending.close()
    assert sorted(heard) == list(range(5))


def test_a_stop_that_cannot_be_asked(tmp_path: Path) -> None:
    """It rises to the caller too, after the outcomes of what was under way."""
    inbox = Inbox()

    def stopped() -> bool:
        if inbox.count:
            raise LookupError("ledger")
        return False

    heard: list[int] = []
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        with pytest.raises(LookupError):
            heard.extend(no for no, _ in sending.send(people(3_000), stopped))
        sending.close()
    assert len(heard) == inbox.count < 3_000


def test_caller_who_leaves(tmp_path: Path) -> None:
    """A caller who stops asking leaves nothing behind that a later batch could hear."""
    with running(Inbox()) as port:
        sending = aimed(port, tmp_path)
        for _ in sending.send(people(300), lambda: False):
            break
        assert {type(o) for o in outcomes(sending, people(20)).values()} == {Sent}
        sending.close()


def test_a_session_that_has_done_its_share_says_goodbye(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them says QUIT before it is closed."""
    monkeypatch.setattr(engine, "MAILS_A_SESSION", 5)
    inbox = Inbox()
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        assert len(outcomes(sending, people(40))) == 40
        sending.close()
        until = time.monotonic() + 5
        while inbox.quits < inbox.sessions and time.monotonic() < until:
            time.sleep(0.01)
    assert inbox.quits == inbox.sessions


def test_relay_that_dies_in_between(tmp_path: Path) -> None:
    """When the relay is gone for good, the rest is Deferred at once."""
    with running(Inbox()) as port:
        sending = aimed(port, tmp_path)
        outcomes(sending, people(10))
        sending.close()
    began = time.monotonic()
    sent = outcomes(sending, people(2_000))
    assert {(type(outcome), outcome.reason) for outcome in sent.values() if isinstance(outcome, Deferred)} == {
        (Deferred, "unreachable")
    }
    assert len(sent) == 2_000
    assert time.monotonic() - began < 2


def test_server_that_hangs_up_on_everybody(tmp_path: Path) -> None:
    """Sessions that all end before an answer are given up after a few."""
    inbox = Inbox(script=lambda stage, address: "drop" if stage == "mail" else "")
    with running(inbox) as port:
        sending = aimed(port, tmp_path)
        sent = outcomes(sending, people(200))
        sending.close()
    assert {type(outcome) for outcome in sent.values()} == {Deferred}
    assert len(sent) == 200
    assert inbox.sessions < 50


def test_rate_over_the_pool(tmp_path: Path) -> None:
    """A rate holds over all sessions together."""
    starts: list[float] = []

    def script(stage: Stage, address: str) -> str:
        if stage == "mail":
            starts.append(time.monotonic())
        return ""

    with running(Inbox(script=script)) as port:
        sending = aimed(port, tmp_path, ", rate: {per: 1s, most: 50}")
        outcomes(sending, people(120))
        sending.close()
    assert all(later - earlier > 0.9 for earlier, later in zip(starts, starts[50:], strict=False))


@pytest.mark.mta
@pytest.mark.skipif(SMTP_SINK is None, reason="smtp-sink is not installed: apt-get install postfix")
@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], {Sent}),
        (["-r", "rcpt"], {Deferred}),
        (["-f", "rcpt"], {Refused}),
        (["-f", "."], {Refused}),
        (["-q", "data"], {Deferred}),
        (["-Q", "rcpt"], {Deferred}),
        (["-p"], {Sent}),
    ],
)
def test_smtp_sink(tmp_path: Path, options: list[str], kinds: set[type[Outcome]]) -> None:
    """Against Postfix's own test server: accepting, refusing softly and hard, hanging up, without PIPELINING."""
    port = closed_port()
    server = subprocess.Popen([str(SMTP_SINK), "-u", "nobody", *options, f"127.0.0.1:{port}", "100"])
    try:
        sending = aimed(port, tmp_path)
        for _ in range(50):
            if all(finding.level == "ok" for finding in sending.check()):
                break
            time.sleep(0.05)
        assert {type(outcome) for outcome in outcomes(sending, people(60)).values()} == kinds
        sending.close()
    finally:
        server.kill()
        server.wait()
