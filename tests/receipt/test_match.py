"""Which report is about which delivery: addresses are compared as mail servers write them, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.receipt.match import Match, Sent, by_key, is_one_of
from incident.receipt.report import Fate, Nothing, Report


def sent(address: str) -> Sent:
    return Sent(broadcast=1, broadcast_id="b", no=1, address=address, staff=False, frozen_at=0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("li@example.net", "LI@Example.NET"),
        ("li@bücher.example", "li@xn--bcher-kva.example"),
        ("李@example.net", "李@EXAMPLE.net"),
    ],
)
def test_the_same_address(ours: str, theirs: str) -> None:
    """Case, and a domain in letters or in ASCII, make no other address of it."""
    assert is_one_of(ours, (theirs,))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("li@example.net", "li@example.org"), ("li@example.net", "li+x@example.net"), ("", ""), ("li@a.example", "@")],
)
def test_another_address(ours: str, theirs: str) -> None:
    """Nothing is taken off, added or guessed; where there is no address, none is equal."""
    assert not is_one_of(ours, (theirs,))


def test_a_report_about_several() -> None:
    """An alias leads to many; only what is said of the delivery's own address counts."""
    other = Fate(kind="bounced", permanent=True, enhanced="5.1.1", addresses=("wang@example.net",))
    own = Fate(kind="delivered", addresses=("li@example.net",))
    found = by_key(Report(id="1", fates=(other, own)), sent("li@example.net"))
    assert isinstance(found, Match)
    assert (found.fate, found.condemned) == (own, "")
    assert by_key(Report(id="1", fates=(other,)), sent("li@example.net")) == Nothing("unmatched")


@settings(max_examples=100, deadline=None)
@given(named=st.lists(st.text(max_size=60) | st.from_regex(r".{0,9}@.{0,30}\.example"), max_size=3))
def test_whatever_a_report_names(named: list[str]) -> None:
    """The address that is condemned is the delivery's own, or none."""
    fate = Fate(kind="bounced", permanent=True, enhanced="5.1.1", addresses=tuple(named))
    found = by_key(Report(id="1", fates=(fate,)), sent("li@example.net"))
    if isinstance(found, Match):
        assert found.condemned == "li@example.net"
