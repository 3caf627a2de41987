"""Patched mails are the built mails: for thousands of random people both parse to the same thing."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from incident.channel import mime
from incident.channel.patch import Compiled
from incident.channel.port import Delivery
from incident.channel.stencil import Place, Stencil
from incident.message import marker, stencil
from incident.message.rendered import Rendered, fill
from tests.channel.setup import delivery
from tests.clock import START

SENDER = mime.Sender(address="notice@wallet.example", name="钱包 Wallet", reply_to="help@wallet.example")

_NAMES = st.one_of(
    st.just(""),
    st.text(max_size=40),
    st.text(alphabet="李小龍ひらがな한글", max_size=30),
    st.text(alphabet="👩‍👧🏽é\u0301ÅÄ", max_size=12),
    st.text(alphabet="مرحبا שלום abc", max_size=20),
    st.sampled_from(
        [
            'O\'Brien "Bob" <bob@x.cn>',
            "a\r\nBcc: evil@x.cn",
            "\n.\r\nQUIT\r\n",
            ".",
            "=_part",
            "x" * 300,
            "李" * 150,
            "a =20 =\n b",
            "  spaced  ",
            "=?utf-8?b?eA==?=",
        ]
    ),
)
_PLAIN = st.one_of(
    st.text(alphabet="abc =.\n\t-&<>", max_size=60),
    st.text(alphabet="您的资金安全。\n", max_size=60),
    st.sampled_from(["", "\n", ".\n", "long line " * 30, "停" * 90, "trailing \n"]),
)
_OPEN = st.sampled_from(
    [marker.place("name"), marker.place("reference"), marker.or_else(f"Dear {marker.place('name')},", "Dear customer,")]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Plain stretches of any alphabet with open places and choices anywhere in between, also side by side."""
    pieces = draw(st.lists(st.one_of(_PLAIN.map(marker.clean), _OPEN), max_size=8))
    return "".join(pieces)


def parsed(mail: bytes) -> EmailMessage:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail)
    assert mail.endswith(b"\r\n")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    got: EmailMessage = message_from_bytes(mail, policy=policy.default)  # type: ignore[assignment]
    assert not got.defects
    return got


def seen(mail: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Headers and bodies as a reader's program sees them; how they are encoded for the wire is left out."""
    got = parsed(mail)
    wire = ("content-type", "content-transfer-encoding")
    headers = [(name, str(value)) for name, value in got.items() if name.lower() not in wire]
    parts = list(got.iter_parts()) if got.is_multipart() else [got]
    bodies = []
    for part in parts:
        assert not part.defects
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        # A mail of one part ends in a line end of the mail's own, where its text has none.
        text = payload.decode().replace("\r\n", "\n")
        bodies.append((part.get_content_type(), text if got.is_multipart() else text.rstrip("\n")))
    return headers, bodies


def both(rendered: Rendered, fields: dict[str, str], **changes: object) -> tuple[bytes, bytes]:
    """The mail patched, and the mail built."""
    given = {"locale": "zh-Hans", "thread": "INC-1", "unsubscribe_url": "https://wallet.example/u/1", **changes}
    built = delivery(1, "li@example.com", parts=fill(rendered, fields), **given)
    cut = stencil.cut(rendered)
    patched = delivery(1, "li@example.com", parts={}, stencil=cut, fields=stencil.values(fields), **given)
    compiled = Compiled(cut, patched, SENDER)
    compiled.patch(patched, patched.address, START)
    return compiled.patch(patched, patched.address, START), mime.build(built, SENDER, START)


@settings(max_examples=600, deadline=None)
@given(name=_NAMES, reference=_NAMES, subject=texts(), text=texts(), html=texts())
def test_patched_is_built(name: str, reference: str, subject: str, text: str, html: str) -> None:
    """Subject, headers, text and HTML are the same, whatever the people are called and wherever the places stand."""
    fields = {"name": name, "reference": reference}
    parts = {"subject": marker.one_line(subject), "text": text, **({"html": html} if html else {})}
    rendered = Rendered("email", parts)
    filled = fill(rendered, fields)
    assume(filled["text"] and filled.get("html", "-"))  # no template is empty for some people and not for others
    patched, built = both(rendered, fields)
    assert seen(patched) == seen(built)
    assert not re.search(rb"^\.", patched, re.MULTILINE)  # it is sent without looking for dots


@pytest.mark.parametrize("evil", ["\r\nBcc: b@x.cn", "\n\n<script>", "\u2028Bcc: b@x.cn", "\x00\x1b[31m", "\r\n.\r\n"])
def test_hostile_values_stay_values(evil: str) -> None:
    """Values that nobody has cleaned cannot begin a header, end the mail or open a tag."""
    place = Place("name")
    cut = Stencil({"subject": ("Hi ", place), "text": ("Hi ", place, "!"), "html": ("<p>", place, "</p>")})
    sent: Delivery = delivery(1, "li@example.com", parts={}, stencil=cut, fields={"name": f"x{evil}<b>"})
    got = parsed(Compiled(cut, sent, SENDER).patch(sent, sent.address, START))
    assert got["Bcc"] is None
    html = got.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;" in html.get_content()
    assert "<script>" not in html.get_content()
    assert str(got["Subject"]).startswith("Hi x")


def test_values_leave_no_trace_in_the_next_mail() -> None:
    """One compiled text serves people with and without a name, in any order."""
    rendered = Rendered("email", {"subject": "S", "text": marker.or_else(f"Dear {marker.place('name')}", "Dear all")})
    cut = stencil.cut(rendered)
    people = [
        delivery(no, "li@example.com", parts={}, stencil=cut, fields={"name": n}) for no, n in enumerate(["A", "B", ""])
    ]
    compiled = Compiled(cut, people[0], SENDER)
    got = [parsed(compiled.patch(person, person.address, START)).get_content().strip() for person in people]
    assert got == ["Dear A", "Dear B", "Dear all"]


@pytest.mark.parametrize("before", range(60, 80, 3))
@pytest.mark.parametrize("length", range(70, 80, 2))
def test_a_full_line_has_room_for_its_break(before: int, length: int) -> None:
    """A line of quoted-printable holds 76 characters at most, also where a value begins or ends (RFC 2045, 6.7)."""
    cut = Stencil({"subject": ("Hi",), "text": ("a" * before, Place("name"), "!")})
    sent: Delivery = delivery(1, "li@example.com", parts={}, stencil=cut, fields={"name": "x" * length})
    mail = Compiled(cut, sent, SENDER).patch(sent, sent.address, START)
    assert max(map(len, mail.split(b"\r\n"))) <= 76
    assert parsed(mail).get_content().strip() == "a" * before + "x" * length + "!"
