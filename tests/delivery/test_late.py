"""A sender that was asleep for longer than its lease comes back with answers: nobody gets the mail a second time."""

from __future__ import annotations

from collections import Counter

import pytest

from incident.channel.port import Delivery, Outcome, Sent
from incident.delivery import outbox
from incident.delivery.takeover import take_over
from incident.store import Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
def test_what_was_taken_over_and_has_arrived_is_due_no_more(
    store: Store, clock: MovableClock, on_unknown: str, critical: bool
) -> None:
    """Another process made the rows due again (on a channel that holds, a person said retry)."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock(), critical=critical)
    sent: Counter[str] = Counter()

    def answer(delivery: Delivery) -> Outcome:
        sent[delivery.recipient] += 1
        if sent.total() == 3:  # asleep here
            other = store.another()
            ledger.bury(other)
            take_over(other, clock(), lambda channel: on_unknown)
            if on_unknown == "hold":
                outbox.retry(other, row, clock())
            other.close()
        return Sent("250")

    ledger.drain(store, ledger.line(Answering(answers=answer, on_unknown=on_unknown)), clock)
    assert sent == {"u00000": 1, "u00001": 1, "u00002": 1}
    assert {told["state"] for told in ledger.rows(store).values()} == {"accepted"}
