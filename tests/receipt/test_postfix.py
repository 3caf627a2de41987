"""A real bounce: our mail goes through Debian's Postfix to a server that refuses it, and the report is read back."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.store import Store
from tests.channel.setup import channel, delivery, one
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.receipt.sending import key, read_maildir, receipts, sent, suppressed
from tests.servers import postfix as mta
from tests.servers import smtp

pytestmark = [pytest.mark.mta, pytest.mark.skipif(bool(mta.why_not()), reason=mta.why_not() or "postfix")]

GONE = "u00001@refusing.example"
BUSY = "u00002@refusing.example"


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mta.Postfix]:
    """A Postfix that hands mail for refusing.example to a server which refuses people, and keeps what comes back."""
    refuse = {GONE: "550 5.1.1 User unknown", BUSY: "552 5.2.2 Mailbox full"}
    with smtp.running(tmp_path_factory.mktemp("far"), behaviour=smtp.Behaviour(refuse=refuse)) as far:
        settings = {
            "virtual_mailbox_domains": "wallet.example",
            "virtual_mailbox_maps": "inline:{{notice@wallet.example=bounces/}}",
            "transport_maps": f"inline:{{{{refusing.example=smtp:[127.0.0.1]:{far.port}}}}}",
        }
        with mta.running(settings, ["smtp unix - - n - - smtp"]) as running:
            yield running


def test_a_real_bounce(postfix: mta.Postfix, store: Store, clock: MovableClock, tmp_path: Path) -> None:
    """Postfix accepts two mails and cannot deliver them. Its reports find their deliveries: the address that does not
    exist is written to no more, the full mailbox may be tried the next night."""
    for id, address in (("u00001", GONE), ("u00002", BUSY)):
        ledger.add_recipient(store, id, email=address)
    row = sent(store, clock)
    url = f"mailto://127.0.0.1:{postfix.port}/?from=notice@wallet.example"
    sending = channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email")
    for id, address in (("u00001", GONE), ("u00002", BUSY)):
        one(sending, delivery(1, address, key=key(store, row, id)))
    sending.close()
    bounces = postfix.mail / "bounces"
    wait_for(bounces / "new", 2)

    counted = read_maildir(store, bounces, clock)
    assert counted == {"read": 2, "bounced": 2, "suppressed": 1}
    assert suppressed(store) == {GONE: "bounced 5.1.1"}
    assert [(found["code"], found["enhanced"], found["permanent"]) for found in receipts(store)] == [
        ("550", "5.1.1", 1),
        ("552", "5.2.2", 1),
    ]
    assert "User unknown" in receipts(store)[0]["words"]
    assert read_maildir(store, bounces, clock) == {}


def wait_for(folder: Path, count: int) -> None:
    """Until so many mails lie there; Postfix takes a second or two."""
    for _ in range(300):
        if folder.exists() and len(os.listdir(folder)) >= count:
            return
        time.sleep(0.1)
    pytest.fail("no report came back in time")
