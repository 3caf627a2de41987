"""A mailbox on an IMAP server: what is understood is marked as seen, the rest stays as it is."""

from __future__ import annotations

from collections import Counter

import pytest

from incident.errors import BadValue, SourceFailed
from incident.receipt.imap import opened, read_url
from incident.receipt.record import read
from incident.store import Store
from tests.channel.setup import closed_port
from tests.clock import MovableClock
from tests.receipt.sending import WORKER, key, sent, suppressed
from tests.receipt.shapes import mail
from tests.servers.imap import Mailbox, serving

ONE = "u00001@example.net"


def reading(store: Store, mailbox: Mailbox, clock: MovableClock) -> Counter[str]:
    with opened(read_url(mailbox.url)) as pieces:
        return read(store, pieces, WORKER, clock)


def test_a_mailbox(store: Store, clock: MovableClock) -> None:
    """A bounce is recorded and marked, an automatic answer is left unseen; the second reading finds only that."""
    row = sent(store, clock)
    mails = {4: mail("postfix", key(store, row), ONE), 9: mail("vacation", key(store, row), ONE)}
    with serving(Mailbox(mails=mails)) as mailbox:
        counted = reading(store, mailbox, clock)
        assert (counted["read"], counted["bounced"], counted["auto_reply"]) == (2, 1, 1)
        assert (mailbox.seen, suppressed(store)) == ({4}, {ONE: "bounced 5.1.1"})
        again = reading(store, mailbox, clock)
        assert (again["read"], again["auto_reply"]) == (1, 1)


def test_a_huge_mail_is_not_fetched_whole(store: Store, clock: MovableClock) -> None:
    """Only the beginning travels."""
    with serving(Mailbox(mails={1: b"Subject: x\r\n\r\n" + b"a" * 5_000_000})) as mailbox:
        counted = reading(store, mailbox, clock)
        assert counted["not_a_report"] == 1
        assert "UID FETCH 1 (BODY.PEEK[]<0.262144>)" in mailbox.commands


def test_a_wrong_password() -> None:
    """The sentence names the server and where to look, and holds no secret."""
    with serving(Mailbox(password="right")) as mailbox:
        url = mailbox.url.replace("right", "hunter2")
        with pytest.raises(SourceFailed, match=r"127\.0\.0\.1 refused: look at user, password") as failed:
            opened(read_url(url)).__enter__()
        assert "hunter2" not in str(failed.value)


def test_nobody_there() -> None:
    """A server that cannot be reached is a sentence."""
    with pytest.raises(SourceFailed, match="cannot be reached"):
        opened(read_url(f"imap://li:x@127.0.0.1:{closed_port()}/")).__enter__()


def test_the_url() -> None:
    """Port, folder and user by default and as written; everything decoded."""
    box = read_url("imaps://bounces%40a.example:p%2Fw@mail.example.com/Bounces/2026")
    assert (box.host, box.port, box.tls) == ("mail.example.com", 993, True)
    assert (box.user, box.password, box.folder) == ("bounces@a.example", "p/w", "Bounces/2026")
    assert read_url("imap://li:x@localhost").folder == "INBOX"
    assert "p/w" not in repr(box)


@pytest.mark.parametrize(
    "url",
    ["imap://li:hunter2@mail.example.com/", "pop3://li:hunter2@a.example/", "imaps://a.example", "imaps://[:hunter2"],
)
def test_urls_that_are_refused(url: str) -> None:
    """Unencrypted across a network, another protocol, no user, no URL: refused without repeating it."""
    with pytest.raises(BadValue) as refused:
        read_url(url)
    assert "hunter2" not in str(refused.value)
