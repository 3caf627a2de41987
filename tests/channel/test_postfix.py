"""A mail through a real server: Debian's Postfix on loopback, into a maildir, read back by Python's parser."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from incident.channel.port import Refused, Sent
from tests.channel.setup import channel, closed_port, delivery, one

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")


def _why_not() -> str:
    if os.geteuid() != 0:
        return "Postfix starts only as root"
    return "" if POSTFIX else "postfix is not installed: apt-get install postfix"


pytestmark = [pytest.mark.mta, pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "postfix")]

TEXTS = {
    "zh-Hans": ("支付服务中断：您的资金安全", "尊敬的用户：\n支付服务暂时不可用。您的资金安全。\n.下次通报：03:10\n"),
    "zh-Hant": ("支付服務中斷：您的資金安全", "尊敬的用戶：\n支付服務暫時不可用。您的資金安全。\n.下次通報：03:10\n"),
    "en": (
        "Payments are down: your money is safe",
        "Dear customer,\nPayments – for now – do not work.\n.Next: 03:10\n",
    ),
}


@dataclass(frozen=True)
class Postfix:
    """A running Postfix: where it listens, and the maildir of its one user."""

    port: int
    maildir: Path

    def mails(self, count: int) -> list[EmailMessage]:
        """Waits until so many have arrived (delivery is a matter of a second), parsed."""
        for _ in range(200):
            files = sorted((self.maildir / "new").glob("*")) if self.maildir.exists() else []
            if len(files) >= count:
                return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]
            time.sleep(0.1)
        pytest.fail("Postfix did not deliver in time")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """A Postfix of its own: configuration, queue, data and maildir in one temporary folder, a free port."""
    folder = Path(tempfile.mkdtemp(prefix="pfx"))
    folder.chmod(0o755)
    port = closed_port()
    _configure(folder, port)
    subprocess.run([str(POSTFIX), "-c", str(folder / "etc"), "start"], check=True, capture_output=True, timeout=60)
    try:
        yield Postfix(port=port, maildir=folder / "mail" / "li")
    finally:
        subprocess.run([str(POSTFIX), "-c", str(folder / "etc"), "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _configure(folder: Path, port: int) -> None:
    owner = pwd.getpwnam("postfix")
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": folder / "queue",
        "data_directory": folder / "data",
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "mail_owner": "postfix",
        "setgid_group": "postdrop",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "myhostname": "mta.example",
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "virtual_mailbox_domains": "wallet.example",
        "virtual_mailbox_base": folder / "mail",
        "virtual_mailbox_maps": "inline:{{li@wallet.example=li/}}",
        "virtual_uid_maps": f"static:{owner.pw_uid}",
        "virtual_gid_maps": f"static:{owner.pw_gid}",
        "virtual_minimum_uid": "1",
        "smtputf8_enable": "no",
        "maillog_file": folder / "log",
        "maillog_file_prefixes": folder,
    }
    (folder / "etc" / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
    (folder / "etc" / "master.cf").write_text(_services(port))


def _services(port: int) -> str:
    """The daemons that local delivery needs, none of them in a chroot."""
    rows = [
        f"127.0.0.1:{port} inet n - n - - smtpd",
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "proxymap unix - - n - - proxymap",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "virtual unix - n n - - virtual",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
    return "\n".join(rows) + "\n"


def test_mails_in_three_languages(postfix: Postfix, tmp_path: Path) -> None:
    """Subject, both bodies and headers survive a real server in each language, and the server's queue id comes back."""
    url = f"mailto://127.0.0.1:{postfix.port}/?from=notice@wallet.example&name=%E9%92%B1%E5%8C%85&reply=help@wallet.example"
    sending = channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email")
    for no, (locale, (subject, text)) in enumerate(TEXTS.items()):
        parts = {"subject": subject, "text": text, "html": f"<html><body><p>{text}</p></body></html>"}
        outcome = one(
            sending,
            delivery(
                no,
                "li@wallet.example",
                key=f"b1-{locale}",
                locale=locale,
                parts=parts,
                thread="INC-2026-001",
                unsubscribe_url="https://wallet.example/u/1",
            ),
        )
        assert isinstance(outcome, Sent), outcome
        assert outcome.code == "250 2.0.0"
        assert "queued as" in outcome.words
    sending.close()

    got = {str(mail["Content-Language"]): mail for mail in postfix.mails(len(TEXTS))}
    assert set(got) == set(TEXTS)
    for locale, (subject, text) in TEXTS.items():
        mail = got[locale]
        assert mail["Subject"] == subject
        assert str(mail["From"]) == "钱包 <notice@wallet.example>"
        assert mail["To"] == "li@wallet.example"
        assert mail["Delivered-To"] == "li@wallet.example"
        assert mail["Return-Path"] == "<notice@wallet.example>"
        assert mail["Reply-To"] == "help@wallet.example"
        assert mail["Message-ID"] == f"<b1-{locale}@wallet.example>"
        assert mail["References"] == "<INC-2026-001@wallet.example>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content().replace("\r\n", "\n") == text
        assert html.get_content().replace("\r\n", "\n").strip() == f"<html><body><p>{text}</p></body></html>"
        assert not mail.defects


def test_refused_by_postfix(postfix: Postfix, tmp_path: Path) -> None:
    """An unknown person is refused with the server's code, without the address in its words."""
    url = f"mailto://127.0.0.1:{postfix.port}/?from=notice@wallet.example"
    sending = channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email")
    outcome = one(sending, delivery(1, "nobody@wallet.example"))
    sending.close()
    assert isinstance(outcome, Refused)
    assert outcome.reason == "bad_address"
    assert outcome.code == "550 5.1.1"
    assert "nobody@" not in outcome.words
