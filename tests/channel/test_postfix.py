"""A mail through a real server: Debian's Postfix on loopback, into a maildir, read back by Python's parser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from incident.channel.port import Refused, Sent
from tests.channel.setup import channel, delivery, one
from tests.servers import postfix as mta

pytestmark = [pytest.mark.mta, pytest.mark.skipif(bool(mta.why_not()), reason=mta.why_not() or "postfix")]

TEXTS = {
    "zh-Hans": ("支付服务中断：您的资金安全", "尊敬的用户：\n支付服务暂时不可用。您的资金安全。\n.下次通报：03:10\n"),
    "zh-Hant": ("支付服務中斷：您的資金安全", "尊敬的用戶：\n支付服務暫時不可用。您的資金安全。\n.下次通報：03:10\n"),
    "en": (
        "Payments are down: your money is safe",
        "Dear customer,\nPayments – for now – do not work.\n.Next: 03:10\n",
    ),
}


MAILBOXES = {
    "virtual_mailbox_domains": "wallet.example",
    "virtual_mailbox_maps": "inline:{{li@wallet.example=li/}}",
}


@pytest.fixture(scope="module")
def postfix() -> Iterator[mta.Postfix]:
    """A Postfix with one user."""
    with mta.running(MAILBOXES) as running:
        yield running


def arrived(maildir: Path, count: int) -> list[EmailMessage]:
    """Waits until so many have arrived (delivery is a matter of a second), parsed."""
    for _ in range(200):
        files = sorted((maildir / "new").glob("*")) if maildir.exists() else []
        if len(files) >= count:
            return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]
        time.sleep(0.1)
    pytest.fail("Postfix did not deliver in time")


def test_mails_in_three_languages(postfix: mta.Postfix, tmp_path: Path) -> None:
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

    got = {str(mail["Content-Language"]): mail for mail in arrived(postfix.mail / "li", len(TEXTS))}
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


def test_refused_by_postfix(postfix: mta.Postfix, tmp_path: Path) -> None:
    """An unknown person is refused with the server's code, without the address in its words."""
    url = f"mailto://127.0.0.1:{postfix.port}/?from=notice@wallet.example"
    sending = channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email")
    outcome = one(sending, delivery(1, "nobody@wallet.example"))
    sending.close()
    assert isinstance(outcome, Refused)
    assert outcome.reason == "bad_address"
    assert outcome.code == "550 5.1.1"
    assert "nobody@" not in outcome.words
