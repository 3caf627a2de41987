"""The ledger's sums are what its rows say, however many kinds of rows there are."""

from __future__ import annotations

from collections import Counter

import pytest

from incident.delivery.reconcile import FEW, sum_of
from incident.store import Store
from tests.clock import START
from tests.delivery import ledger

STATES = (("accepted", None), ("refused", "bad_address"), ("refused", "gave_up"), ("pending", None), ("unknown", None))


@pytest.mark.parametrize("locales", [1, FEW // len(STATES), FEW + 1])
def test_sums_are_what_the_rows_say(store: Store, locales: int) -> None:
    """One pass or sorted: each row is counted once, under its own state, reason, channel and locale."""
    ledger.add_recipients(store, 97)
    row = ledger.broadcast(store, START)
    for no in range(1, 98):
        state, reason = STATES[no * no % len(STATES)]
        values = {"no": no, "locale": f"l{no % locales}", "state": state, "reason": reason}
        store.execute("UPDATE delivery SET locale = :locale, state = :state, reason = :reason WHERE no = :no", values)
    found = sum_of(store, row)
    rows = ledger.rows(store).values()
    assert found.total.adds_up
    assert found.total.counts == Counter(one["state"] for one in rows)
    assert found.total.reasons == Counter(one["reason"] for one in rows if one["reason"])
    assert {name: part.audience for name, part in found.locales.items()} == Counter(one["locale"] for one in rows)
    assert found.channels["email"].counts == found.total.counts


def test_a_broadcast_without_rows(store: Store) -> None:
    """Nobody was told; that adds up too."""
    found = sum_of(store, ledger.broadcast(store, START))
    assert (found.total.adds_up, found.total.audience, found.channels) == (True, 0, {})
