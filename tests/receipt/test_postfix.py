"""A real bounce: our mail goes through Debian's Postfix to a server that refuses it, and the report is read back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.store import Store
from tests.channel import test_postfix as mta
from tests.channel.setup import channel, closed_port, delivery, one
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.receipt.sending import key, read_maildir, receipts, sent, suppressed
from tests.servers import smtp

pytestmark = mta.pytestmark

GONE = "u00001@refusing.example"
BUSY = "u00002@refusing.example"


@pytest.fixture(scope="module")
def postfix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mta.Postfix]:
    """A Postfix that hands mail for refusing.example to a server which refuses people, and keeps what comes back."""
    folder = Path(tempfile.mkdtemp(prefix="pfx"))
    folder.chmod(0o755)
    port = closed_port()
    refuse = {GONE: "550 5.1.1 User unknown", BUSY: "552 5.2.2 Mailbox full"}
    with smtp.running(tmp_path_factory.mktemp("far"), behaviour=smtp.Behaviour(refuse=refuse)) as far:
        mta._configure(folder, port)
        with (folder / "etc" / "main.cf").open("a", encoding="utf-8") as settings:
            settings.write("virtual_mailbox_maps = inline:{{notice@wallet.example=bounces/}}\n")
            settings.write(f"transport_maps = inline:{{{{refusing.example=smtp:[127.0.0.1]:{far.port}}}}}\n")
        with (folder / "etc" / "master.cf").open("a", encoding="utf-8") as services:
            services.write("smtp unix - - n - - smtp\n")
        command = [str(mta.POSTFIX), "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        try:
            yield mta.Postfix(port=port, maildir=folder / "mail" / "bounces")
        finally:
            subprocess.run([*command, "stop"], capture_output=True, timeout=60, check=False)
            shutil.rmtree(folder, ignore_errors=True)


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
    wait_for(postfix.maildir / "new", 2)

    counted = read_maildir(store, postfix.maildir, clock)
    assert counted == {"read": 2, "bounced": 2, "suppressed": 1}
    assert suppressed(store) == {GONE: "bounced 5.1.1"}
    assert [(found["code"], found["enhanced"], found["permanent"]) for found in receipts(store)] == [
        ("550", "5.1.1", 1),
        ("552", "5.2.2", 1),
    ]
    assert "User unknown" in receipts(store)[0]["words"]
    assert read_maildir(store, postfix.maildir, clock) == {}


def wait_for(folder: Path, count: int) -> None:
    """Until so many mails lie there; Postfix takes a second or two."""
    for _ in range(300):
        if folder.exists() and len(os.listdir(folder)) >= count:
            return
        time.sleep(0.1)
    pytest.fail("no report came back in time")
