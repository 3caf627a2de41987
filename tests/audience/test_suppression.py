"""The suppression list: who must be left alone, however the address is written."""

from __future__ import annotations

import pytest

from incident.audience import Recipient
from incident.audience.suppression import is_suppressed, suppress, suppressions, unsuppress
from incident.errors import BadValue, NotFound
from incident.journal import read
from incident.store import Store
from tests.audience.people import LI, insert
from tests.clock import START, MovableClock


def test_an_address_is_suppressed_however_it_is_written(store: Store) -> None:
    """Case, spaces and a phone number's punctuation make no difference."""
    suppress(store, " Li@Example.COM ", "bounced", LI, START)
    suppress(store, "+86 138-0013-8000", "asked", LI, START)
    assert is_suppressed(store, "li@example.com")
    assert is_suppressed(store, "LI@EXAMPLE.com")
    assert is_suppressed(store, "+8613800138000")
    assert not is_suppressed(store, "bo@example.com")


def test_the_store_compares_it_with_a_stored_address(store: Store) -> None:
    """`lower(address)` of an imported row finds its entry on both databases, in any script."""
    rows = [("a", "Li@example.com"), ("b", "JOSé@例子.中国"), ("c", "Tok-ABC")]
    insert(store, [Recipient(id=name, locale="en", email=address) for name, address in rows])
    suppress(store, "li@EXAMPLE.com", "x", LI, START)
    suppress(store, "JOSE\u0301@例子.中国", "x", LI, START)
    suppress(store, "tok-abc", "x", LI, START)
    found = store.execute(
        "SELECT r.id AS id FROM recipient r JOIN suppression s ON s.address = lower(r.email) ORDER BY r.id"
    )
    assert [row["id"] for row in found.fetchall()] == ["a", "b", "c"]


def test_the_last_reason_stands(store: Store, clock: MovableClock) -> None:
    """Suppressing again keeps one entry, with the new reason."""
    suppress(store, "li@example.com", "bounced", LI, clock())
    suppress(store, "li@example.com", "complained", LI, clock.advance("1h"))
    (entry,) = suppressions(store)
    assert (entry.reason, entry.since, entry.actor) == ("complained", clock(), "li")


def test_taking_it_off_the_list(store: Store) -> None:
    """An address that was taken off is written to again; one that is not there is told."""
    suppress(store, "li@example.com", "bounced", LI, START)
    unsuppress(store, "LI@example.com", "new mailbox", LI, START)
    assert not is_suppressed(store, "li@example.com")
    with pytest.raises(NotFound, match=r"l\*\*\*@e\*\*\*\.com is not on the suppression list"):
        unsuppress(store, "li@example.com", "", LI, START)


def test_both_acts_are_on_record_without_the_address(store: Store) -> None:
    """The journal tells who and why; the address stands in it masked."""
    suppress(store, "li@example.com", "bounced", LI, START)
    unsuppress(store, "li@example.com", "new mailbox", LI, START)
    entries = list(read(store))
    assert [(e.kind, e.actor, e.reason) for e in entries] == [
        ("address.suppressed", "li", "bounced"),
        ("address.unsuppressed", "li", "new mailbox"),
    ]
    assert {e.detail["address"] for e in entries} == {"l***@e***.com"}


@pytest.mark.parametrize("nothing", ["", "  ", "a\nb"])
def test_nothing_cannot_be_suppressed(sqlite_store: Store, nothing: str) -> None:
    """An empty address would suppress everybody who has none."""
    with pytest.raises(BadValue):
        suppress(sqlite_store, nothing, "x", LI, START)
