"""Kind mail: what arrives at a server, and what each answer of a server means."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from incident.channel import mime
from incident.channel.port import Channel, Deferred, Refused, Sent, Unknown
from incident.channel.smtp.verdict import verdict
from tests.channel.setup import PARTS, channel, delivery, one, outcomes
from tests.clock import START
from tests.servers import smtp


@pytest.fixture
def server(tmp_path: Path) -> Iterator[smtp.MailServer]:
    """A mail server that takes everything until a test tells it otherwise."""
    with smtp.running(tmp_path / "mails") as running:
        yield running


def mail(server: smtp.MailServer, folder: Path, extra: str = "", keys: str = "") -> Channel:
    return channel(f'{{kind: mail, url: "{server.url}{extra}"{keys}}}', folder, "email")


def text_of(got: EmailMessage, kind: str) -> str:
    """One body as a reader sees it; on the wire its lines end in CRLF."""
    body = got.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_what_a_reader_gets(server: smtp.MailServer, tmp_path: Path) -> None:
    """Subject, both bodies, sender and headers come out of an independent parser as they went in."""
    url = "&name=%E9%92%B1%E5%8C%85%20Wallet&reply=help@wallet.example"
    sent = delivery(1, "li@example.com", thread="INC-2026-001", unsubscribe_url="https://wallet.example/u/x1")
    assert isinstance(one(mail(server, tmp_path, url), sent), Sent)
    (got,) = server.mails()
    assert got["Subject"] == PARTS["subject"]
    assert str(got["From"]) == "钱包 Wallet <notice@wallet.example>"
    assert got["To"] == "li@example.com"
    assert got["Reply-To"] == "help@wallet.example"
    assert got["Message-ID"] == "<b1-1@wallet.example>"
    assert got["References"] == got["In-Reply-To"] == "<INC-2026-001@wallet.example>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Precedence"] is None
    assert got["List-Unsubscribe"] == "<https://wallet.example/u/x1>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Content-Language"] == "zh-Hans"
    assert got["Date"].datetime == START
    assert got.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    assert text_of(got, "plain") == PARTS["text"]
    assert text_of(got, "html") == PARTS["html"]
    assert not got.defects


def test_no_one_click_header_without_https(server: smtp.MailServer, tmp_path: Path) -> None:
    """RFC 8058 wants https; anything that is no web address gives no header at all."""
    sending = mail(server, tmp_path)
    outcomes(sending, [delivery(1, "a@x.cn", unsubscribe_url="http://127.0.0.1/u"), delivery(2, "a@x.cn")])
    outcomes(sending, [delivery(3, "a@x.cn", unsubscribe_url="https://x.cn/>\r\nBcc: b@x.cn")])
    assert [mail["List-Unsubscribe-Post"] for mail in server.mails()] == [None] * 3
    assert [mail["List-Unsubscribe"] for mail in server.mails()] == ["<http://127.0.0.1/u>", None, None]


@pytest.mark.parametrize("evil", ["\r\nBcc: b@x.cn", "\nBcc: b@x.cn", "\r\n\r\n<html>", "\u2028Bcc: b@x.cn", "\x00"])
def test_no_header_injection(server: smtp.MailServer, tmp_path: Path, evil: str) -> None:
    """Line ends in a subject, a key, a thread or a locale cannot begin a header."""
    parts = {**PARTS, "subject": f"Notice{evil}"}
    sent = delivery(1, "li@example.com", key=f"b1{evil}", parts=parts, thread=f"INC{evil}", locale=f"en{evil}")
    one(mail(server, tmp_path), sent)
    (got,) = server.mails()
    assert got["Bcc"] is None
    assert got["Subject"].startswith("Notice")
    assert text_of(got, "plain") == PARTS["text"]
    assert not got.defects


@pytest.mark.parametrize(
    "address", ["", "li", "a@x.cn>\r\nRCPT TO:<b@x.cn", "a@x.cn,b@x.cn", "a b@x.cn", "a@x@y", "a@" + "x" * 300]
)
def test_what_is_no_address_is_refused_unasked(server: smtp.MailServer, tmp_path: Path, address: str) -> None:
    """What could not be one address never reaches the server."""
    outcome = one(mail(server, tmp_path), delivery(1, address))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "bad_address"
    assert server.mails() == []


def test_one_connection_for_many(server: smtp.MailServer, tmp_path: Path) -> None:
    """Ninety mails in three batches use one session, when one is allowed."""
    sending = mail(server, tmp_path, keys=", connections: 1")
    for batch in range(3):
        outcomes(sending, [delivery(no, "li@example.com") for no in range(batch * 30, batch * 30 + 30)])
    assert len(server.mails()) == 90
    assert server.keeper.sessions == 1


def test_connection_lost_before_the_text(server: smtp.MailServer, tmp_path: Path) -> None:
    """A connection that breaks before the text was handed over costs nothing: the mail goes out on a new one."""
    server.behaviour.drop_before_text.add("li2@example.com")
    sent = outcomes(mail(server, tmp_path), [delivery(no, f"li{no}@example.com") for no in range(5)])
    assert all(isinstance(outcome, Sent) for outcome in sent.values())
    assert sorted(server.recipients()) == [f"li{no}@example.com" for no in range(5)]


def test_connection_lost_twice_before_the_text(server: smtp.MailServer, tmp_path: Path) -> None:
    """A fresh connection that breaks before the text is Deferred, for that mail alone."""
    server.behaviour.drop_before_text.add("li0@example.com")
    sent = outcomes(mail(server, tmp_path), [delivery(no, f"li{no}@example.com") for no in range(3)])
    assert sent[0] == Deferred("interrupted", "", "The connection broke before the mail was handed over.")
    assert isinstance(sent[1], Sent)
    assert isinstance(sent[2], Sent)


def test_connection_lost_after_the_text(server: smtp.MailServer, tmp_path: Path) -> None:
    """After the final dot only the server knows: Unknown; the next mail goes out on a new connection."""
    server.behaviour.drop_after_text.add("li1@example.com")
    sent = outcomes(mail(server, tmp_path), [delivery(no, f"li{no}@example.com") for no in range(3)])
    assert isinstance(sent[1], Unknown)
    assert sent[1].reason == "no_reply"
    assert isinstance(sent[2], Sent)


def test_silence_after_the_text(server: smtp.MailServer, tmp_path: Path) -> None:
    """No answer within the timeout is Unknown too."""
    server.behaviour.delay = 5
    outcome = one(mail(server, tmp_path, keys=", timeout: 1s"), delivery(1, "li@example.com"))
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "timeout"


def test_message_id_stays(server: smtp.MailServer, tmp_path: Path) -> None:
    """A second try of one delivery carries the same Message-ID."""
    sending = mail(server, tmp_path)
    one(sending, delivery(7, "li@example.com"))
    sending.close()
    one(sending, delivery(7, "li@example.com"))
    assert {mail["Message-ID"] for mail in server.mails()} == {"<b1-7@wallet.example>"}


def test_server_closes_the_session(server: smtp.MailServer, tmp_path: Path) -> None:
    """421 on a session in use opens another one; no mail is lost by it."""
    server.behaviour.close_after = 2
    sent = outcomes(mail(server, tmp_path), [delivery(no, f"li{no}@example.com") for no in range(5)])
    assert all(isinstance(outcome, Sent) for outcome in sent.values())
    assert server.keeper.sessions == 3


def test_acknowledgement_has_no_return_path(server: smtp.MailServer, tmp_path: Path) -> None:
    """RFC 3834: an automatic reply goes out under `<>`, so that nothing answers it."""
    one(mail(server, tmp_path), delivery(1, "li@example.com", automatic="auto-replied"))
    (got,) = server.mails()
    assert got["X-Envelope-From"] == "<>"
    assert got["Auto-Submitted"] == "auto-replied"


def test_dots_survive(server: smtp.MailServer, tmp_path: Path) -> None:
    """Lines that begin with dots, long lines and odd line ends arrive as they were."""
    text = ".\r..\n.dot\r\n" + "long " * 400 + "\nend"
    one(mail(server, tmp_path), delivery(1, "li@example.com", parts={"subject": "S", "text": text}))
    (got,) = server.mails()
    assert text_of(got, "plain").rstrip("\n") == ".\n..\n.dot\n" + "long " * 400 + "\nend"
    assert all(len(line) <= 78 for line in (server.keeper.folder / "000001.eml").read_text().splitlines())


def test_no_bare_line_ends() -> None:
    """Every line of a mail ends in CRLF, also the soft ones of a long text: a bare LF is refused by careful servers."""
    html = "<p>" + "long " * 200 + "</p>"
    for text in ("one line " * 30, "two\nlines", "停 " * 200, ""):
        parts = {"subject": "S" * 200, "text": text, "html": html}
        built = mime.build(delivery(1, "a@x.cn", parts=parts), mime.Sender(address="n@x.cn"), START)
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", built)
        assert max(map(len, built.split(b"\r\n"))) <= 76
        assert built.endswith(b"\r\n")


def test_refused_login_defers(tmp_path: Path) -> None:
    """A wrong password is nobody's fault among the recipients: Deferred for all, tried once."""
    with smtp.running(tmp_path / "mails", smtp.Behaviour(password="right")) as server:
        url = f"mailto://desk:wr0ng-pass@127.0.0.1:{server.port}/?from=notice@wallet.example"
        sending = channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email")
        sent = outcomes(sending, [delivery(no, f"li{no}@example.com") for no in range(3)])
        assert {outcome.reason for outcome in sent.values()} == {"not_authorised"}
        assert server.keeper.sessions == 1
        (found,) = sending.check()
        assert found.level == "wrong"
        assert "wr0ng-pass" not in repr((sent, found))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1: certificate and key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", *subject, *files]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


@pytest.mark.parametrize(("trusted", "extra"), [(True, ""), (False, ""), (False, "&verify=no")])
def test_starttls(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, extra: str
) -> None:
    """mailtos:// encrypts and believes only a trusted certificate, unless verify=no says otherwise."""
    import ssl

    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with smtp.running(tmp_path / "mails", tls=context) as server:
        url = f"mailtos://127.0.0.1:{server.port}/?from=notice@wallet.example{extra}"
        outcome = one(channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email"), delivery(1, "li@example.com"))
    if trusted or extra:
        assert isinstance(outcome, Sent), outcome
    else:
        assert isinstance(outcome, Deferred)
        assert outcome.reason == "tls"


def test_starttls_is_not_given_up(server: smtp.MailServer, tmp_path: Path) -> None:
    """A server without STARTTLS gets nothing under mailtos://."""
    url = f"mailtos://127.0.0.1:{server.port}/?from=notice@wallet.example"
    outcome = one(channel(f'{{kind: mail, url: "{url}"}}', tmp_path, "email"), delivery(1, "li@example.com"))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == "tls"


REPLIES = [
    (250, "2.0.0 queued as 1", Sent("250 2.0.0", "queued as 1")),
    (250, "queued", Sent("250", "queued")),
    (550, "5.1.1 no such user", Refused("bad_address", "550 5.1.1", "no such user")),
    (550, "no such user", Refused("bad_address", "550", "no such user")),
    (550, "5.7.1 blocked by policy", Refused("blocked", "550 5.7.1", "blocked by policy")),
    (550, "looks like spam", Refused("blocked", "550", "looks like spam")),
    (552, "5.2.2 mailbox full", Refused("mailbox_full", "552 5.2.2", "mailbox full")),
    (552, "too big", Refused("too_large", "552", "too big")),
    (554, "5.3.4 too big", Refused("too_large", "554 5.3.4", "too big")),
    (554, "no", Refused("rejected", "554", "no")),
    (530, "5.7.0 log in", Refused("not_authorised", "530 5.7.0", "log in")),
    (503, "5.5.1 RCPT first", Deferred("interrupted", "503 5.5.1", "RCPT first")),
    (503, "Error: need EHLO and AUTH first !", Deferred("not_authorised", "503", "Error: need EHLO and AUTH first !")),
    (421, "4.3.2 closing", Deferred("busy", "421 4.3.2", "closing")),
    (450, "4.2.0 greylisted", Deferred("greylisted", "450 4.2.0", "greylisted", timedelta(minutes=5))),
    (452, "4.2.2 full", Deferred("mailbox_full", "452 4.2.2", "full")),
    (451, "4.7.0 rate limited", Deferred("rate", "451 4.7.0", "rate limited")),
    (-1, "HTTP/1.1 400", Unknown("unclear", "", "The answer is not SMTP.")),
]


@pytest.mark.parametrize(("code", "text", "outcome"), REPLIES)
def test_verdict(code: int, text: str, outcome: object) -> None:
    """Each answer of a server has one meaning."""
    assert verdict(code, text) == outcome


def test_subject_lines_are_folded(server: smtp.MailServer, tmp_path: Path) -> None:
    """A long Chinese subject is cut between characters, into lines that RFC 2047 allows."""
    subject = "支付服务中断：您的资金安全，请勿重复付款。" * 6
    one(mail(server, tmp_path), delivery(1, "li@example.com", parts={**PARTS, "subject": subject}))
    (got,) = server.mails()
    assert got["Subject"] == subject
    raw = (server.keeper.folder / "000001.eml").read_bytes().decode()
    head = raw.partition("\r\n\r\n")[0].split("\r\n")
    assert max(map(len, head)) <= 76
    assert len(re.findall(r"=\?utf-8\?b\?", raw)) > 5
