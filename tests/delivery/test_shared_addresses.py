"""People who share an address: numbered when a broadcast is frozen, so that one of them gets the message."""

from __future__ import annotations

from incident.delivery.model import Route
from incident.store import Store
from tests.clock import START
from tests.delivery import ledger

EMAIL = Route(channel="email", reach="each", column="email")
PUSH = Route(channel="push", reach="each", column="push")


def copies(store: Store, *routes: Route) -> dict[tuple[str, str], int]:
    """(recipient, channel) -> its number among those with its address, as frozen."""
    row = ledger.broadcast(store, START, routes=routes)
    return {key: found["copy"] for key, found in ledger.rows(store, row["no"]).items()}


def test_the_first_who_wants_it_is_the_first(store: Store) -> None:
    """Of a family the one who opted out comes last, the others by their id; capitals make no other mailbox."""
    ledger.add_recipient(store, "a", email="li@example.net", opt_out=";email;")
    ledger.add_recipient(store, "b", email="Li@example.net")
    ledger.add_recipient(store, "c", email="li@EXAMPLE.net")
    ledger.add_recipient(store, "d", email="wang@example.net")
    assert copies(store, EMAIL) == {("a", "email"): 3, ("b", "email"): 1, ("c", "email"): 2, ("d", "email"): 1}


def test_without_an_address_nobody_is_a_copy(store: Store) -> None:
    """Two people without an address share nothing."""
    for one in ("a", "b"):
        ledger.add_recipient(store, one, email="")
    assert set(copies(store, EMAIL).values()) == {1}


def test_push_tokens_tell_cases_apart(store: Store) -> None:
    """A token is no mail address: only the very same one is shared, and channels are numbered apart."""
    ledger.add_recipient(store, "a", push="Token", email="li@example.net")
    ledger.add_recipient(store, "b", push="token", email="li@example.net")
    ledger.add_recipient(store, "c", push="token", email="chen@example.net")
    found = copies(store, EMAIL, PUSH)
    assert [found[one, "push"] for one in "abc"] == [1, 1, 2]
    assert [found[one, "email"] for one in "abc"] == [1, 2, 1]


def test_behind_another_channel_it_is_open_who_is_first(store: Store) -> None:
    """A shared address is marked there, and no more."""
    ledger.add_recipient(store, "a", push="one")
    ledger.add_recipient(store, "b", push="one")
    ledger.add_recipient(store, "c", push="two")
    found = copies(store, EMAIL, Route(channel="push", reach="each", column="push", after="email"))
    assert [found[one, "push"] for one in "abc"] == [-1, -1, 1]
