"""A mail is read as what it says: from servers of several makes, from readers and machines, from strangers."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.receipt.mail import LONGEST, parse
from incident.receipt.report import LEFT, Fate, Key, Nothing, Report
from tests.receipt.shapes import ADDRESS, NAMES, mail

KEY = Key(broadcast="0123456789abcdef", no=7)


def report(raw: bytes) -> Report:
    said = parse(raw)
    assert isinstance(said, Report), said
    return said


def fate(raw: bytes) -> Fate:
    (only,) = report(raw).fates
    return only


@pytest.mark.parametrize(
    ("name", "code", "enhanced", "words"),
    [
        ("postfix", "550", "5.1.1", "User unknown"),
        ("exim", "550", "5.1.1", "No such person here"),
        ("exchange", "550", "5.1.10", "RecipientNotFound"),
        ("gmail", "550", "5.1.1", "does not exist"),
    ],
)
def test_a_dead_address(name: str, code: str, enhanced: str, words: str) -> None:
    """Whatever the make of the server: which delivery, that the address is dead, in the server's own words."""
    raw = mail(name)
    assert report(raw).key == KEY
    told = fate(raw)
    assert (told.kind, told.permanent, told.condemns) == ("bounced", True, True)
    assert (told.code, told.enhanced) == (code, enhanced)
    assert words in told.words
    assert ADDRESS in told.addresses


@pytest.mark.parametrize(
    ("name", "kind", "permanent", "enhanced"),
    [
        ("delayed", "delayed", False, "4.4.1"),
        ("expired", "bounced", False, "4.4.7"),
        ("full", "bounced", True, "5.2.2"),
        ("delivered", "delivered", False, "2.0.0"),
    ],
)
def test_what_condemns_nobody(name: str, kind: str, permanent: bool, enhanced: str) -> None:
    """A delay, a server that was silent for days, a full mailbox, a success: the address may be written to again."""
    told = fate(mail(name))
    assert (told.kind, told.permanent, told.enhanced, told.condemns) == (kind, permanent, enhanced, False)
    assert report(mail(name)).key == KEY


@pytest.mark.parametrize("code", ["5.1.4", "5.1.7", "5.1.8", "5.4.4", "5.7.1", "5.0.0", "5.10.1", "4.1.1"])
def test_codes_that_do_not_speak_of_the_address(code: str) -> None:
    """A sender that is refused, a route that is not found, a policy, a code that says nothing: no dead address."""
    raw = mail("postfix").replace(b"5.1.1", code.encode())
    assert not fate(raw).condemns


def test_when_it_happened() -> None:
    """The last attempt when the report names it, else the date of the report; in UTC."""
    assert fate(mail("gmail")).at == datetime(2026, 3, 14, 3, 11, 30, tzinfo=UTC)
    assert fate(mail("exchange")).at == datetime(2026, 3, 14, 3, 9, 3, tzinfo=UTC)


def test_an_address_of_any_script() -> None:
    """Internationalised reports (RFC 6533) are read, the address unescaped."""
    raw = mail("international")
    assert fate(raw).addresses == ("李@example.net",)
    assert report(raw).key == KEY


@pytest.mark.parametrize("name", ["complaint", "complaint-anonymous"])
def test_a_complaint(name: str) -> None:
    """A feedback report of abuse, with the recipient's address or without, is a complaint about one delivery."""
    told = fate(mail(name))
    assert (told.kind, told.condemns) == ("complained", True)
    assert told.addresses == ((ADDRESS,) if name == "complaint" else ())
    assert report(mail(name)).key == KEY


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("vacation", "auto_reply"),
        ("autoreply", "auto_reply"),
        ("person", "not_a_report"),
        ("forwarded", "not_a_report"),
        ("read", "no_news"),
        ("relayed", "no_news"),
        ("not-spam", "no_news"),
        ("broken", "unreadable"),
    ],
)
def test_what_is_no_receipt(name: str, reason: str) -> None:
    """Automatic answers, people's own mails, a forwarded bounce, read receipts, the opposite of a complaint."""
    assert parse(mail(name)) == Nothing(reason)


def test_without_a_key() -> None:
    """A report that returns the mail without its Message-ID names the thread of its incident."""
    said = report(mail("without-key"))
    assert (said.key, said.threads) == (None, ("INC-2026-001",))


def test_the_same_mail_has_the_same_identity() -> None:
    """What a mailbox adds on the way does not make another report of it; another report is another one."""
    one = report(mail("postfix"))
    assert report(b"X-Spam-Score: 0\r\nReceived: from a by b\r\n" + mail("postfix")).id == one.id
    assert report(mail("postfix").replace(b"4Xq1Jm2Zb9z1nq", b"4Xq1Jm2Zb9z1ns")).id != one.id


def test_line_ends_do_not_matter() -> None:
    """CRLF as on the wire, LF as in a maildir."""
    assert report(mail("postfix").replace(b"\n", b"\r\n")) == report(mail("postfix"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe\xfa no mail at all",
        b"Content-Type: multipart/report; boundary=\n\n--\n",
        b"Content-Type: multipart/report; boundary=x; report-type*0*=\xff\n\n--x\n",
        b"X: y\n" * 100_000,
        b"Subject: " + b"a" * 10_000_000,
        b"Content-Type: message/rfc822\n\n" * 9_000,
        b"Content-Type: message/delivery-status\n\n" * 6_000,
        b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(4_000)),
        b'Content-Type: multipart/mixed; boundary="a"\n\n' + b"--a\n\n" * 50_000,
        b"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\n"
        + b"\n" * 250_000,
        b"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/feedback-report\n\n"
        + b"A:b\n\n" * 50_000,
    ],
    ids=lambda raw: f"{raw[:24]!r}-{len(raw)}",
)
def test_hostile_mails(raw: bytes) -> None:
    """Nothing, nonsense, bombs of headers, parts and nesting: a reason in good time, never an error."""
    began = time.monotonic()
    said = parse(raw)
    assert isinstance(said, Nothing)
    assert time.monotonic() - began < 10


def test_a_huge_returned_mail_hides_no_report() -> None:
    """The report stands at the beginning; what was returned behind it may be as long as it likes."""
    raw = mail("postfix").replace(b"Your money is safe.", b"Your money is safe.\n" * (LONGEST // 10))
    assert len(raw) > LONGEST
    assert report(raw).key == KEY


@pytest.mark.parametrize("name", NAMES)
def test_wrong_charsets(name: str) -> None:
    """Octets of no known charset in any header or part: what is read can be written down as UTF-8."""
    said = parse(mail(name).replace(b"User unknown", b"\xc8\xcb\xff").replace(b"charset=utf-8", b"charset=x-klingon"))
    if isinstance(said, Report):
        for told in said.fates:
            "".join((told.words, told.code, said.id, *said.threads, *told.addresses)).encode()


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    cuts=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 200), st.binary(max_size=40)), max_size=6),
)
def test_any_damage(name: str, cuts: list[tuple[int, int, bytes]]) -> None:
    """Pieces cut out of real reports and rubbish put in their place: a report that can be written down, or a reason."""
    raw = mail(name)
    for start, length, rubbish in cuts:
        raw = raw[:start] + rubbish + raw[start + length :]
    said = parse(raw)
    if isinstance(said, Nothing):
        assert said.reason in LEFT
        return
    assert said.fates
    for told in said.fates:
        assert len(told.words) <= 2_000
        assert "\n" not in told.words
        f"{said}{told.words}{told.addresses}".encode()
