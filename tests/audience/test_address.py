"""Addresses: nothing can be smuggled through one, and no real one is turned away."""

from __future__ import annotations

import unicodedata
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.audience import address
from incident.audience.mask import mask, shown


@pytest.mark.parametrize(
    "real",
    [
        "li@example.com",
        "li.wei+wallet@mail.example.co.uk",
        "o'brien@example.com",
        "x@y.io",
        "123456789@qq.com",
        "_-_@a-b.example",
        "!#$%&'*+/=?^_`{|}~@example.com",
        "user@xn--fiqs8s.example",
        "user@例子.中国",
        "用户@例子.广告",
        "δοκιμή@παράδειγμα.ελ",
        "josé@example.com",
        "अजय@डाटा.भारत",
        "li@localhost",
        "a@" + ".".join(["b" * 60] * 3) + ".com",
    ],
)
def test_a_real_address_passes(real: str) -> None:
    """Plain, tagged, internationalised (EAI) and IDN addresses are kept as written."""
    assert address.email(real) == real


def test_only_the_domain_loses_its_case() -> None:
    """Before the @ case may matter to the server; letters beyond ASCII are lowered because SQLite cannot."""
    assert address.email("Li.Wei@Example.COM") == "Li.Wei@example.com"
    assert address.email("JOSE\u0301@Example.COM") == "JOSé@example.com"


@given(st.text(max_size=40) | st.from_regex(r"[a-z.\"<> ]{0,5}@[a-z.\-\[\]]{0,8}[\r\n\x00: a-z]{0,6}"))
def test_nothing_is_smuggled(text: str) -> None:
    """Whatever is accepted holds no control or invisible character, no space, no bracket, and is one header line."""
    try:
        accepted = address.email(text)
    except address.AddressError:
        return
    assert all(unicodedata.category(letter)[0] not in "CZ" for letter in accepted)
    assert not set(accepted.rpartition("@")[0]) & set('<>()[],;:\\"@')
    mail = EmailMessage(policy=SMTPUTF8.clone(max_line_length=None))
    mail["To"] = accepted
    assert mail.as_bytes().count(b"\n") == 2  # the header and the empty line below it


@given(st.text(max_size=30))
def test_reading_an_address_twice_changes_nothing(text: str) -> None:
    """The stored form of an address is its own stored form."""
    for read in (address.email, address.phone, address.push):
        try:
            stored = read(text)
        except address.AddressError:
            continue
        assert read(stored) == stored


@pytest.mark.parametrize(
    ("address_", "masked"),
    [
        ("li@example.com", "l***@e***.com"),
        ("li@mail.example.co.uk", "l***@m***.uk"),
        ("li@localhost", "l***@l***"),
        ("用户@例子.中国", "用***@例***.中国"),
        ("+8613800138000", "+86***00"),
        ("fcm-token-0123456789", "fcm***"),
        ("tok", "t***"),
        ("@", "***@***"),
        ("a@b.c\nBcc: victim", "a***@b***"),
        ("", ""),
    ],
)
def test_a_masked_address_cannot_be_written_to(address_: str, masked: str) -> None:
    """Enough to recognise one's own; nothing more."""
    assert mask(address_) == masked


@given(st.text(max_size=80))
def test_a_shown_piece_is_one_short_printable_line(text: str) -> None:
    """Data from a file cannot steer the terminal that shows its mistakes, nor flood it."""
    assert shown(text).isprintable()
    assert len(shown(text)) <= 61


def test_a_shown_piece_hides_addresses() -> None:
    """Addresses inside a longer text are masked too."""
    assert shown("write to li@example.com or 138 0013 8000!") == "write to l***@e***.com or 138***!"
