"""The sum that always adds up: after whatever outcome, hand of a person, passing of time or death of a process."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery import outbox
from incident.delivery.model import Route
from incident.delivery.reconcile import COLUMNS
from incident.errors import WrongState
from incident.store import Row, Store
from tests.clock import MovableClock
from tests.delivery import ledger
from tests.delivery.ledger import Answering

ANSWERS: dict[str, Outcome] = {
    "sent": Sent("250"),
    "later": Deferred("busy", "451"),
    "soon": Deferred("rate", "429", wait=timedelta(seconds=1)),
    "never": Refused("bad_address", "550 5.1.1"),
    "silence": Unknown("no_reply"),
}
ROUTES = (
    Route(channel="email", reach="each", column="email"),
    Route(channel="push", reach="each", column="push"),
    Route(channel="social", reach="once", column="id"),
)
TABLES = ("recipient", "suppression", "broadcast", "rendering", "delivery", "attempt", "chunk")
FINAL = ("accepted", "suppressed", "deduplicated", "expired")

person = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["", "a@x.net", "A@x.net", "b@x.net", "c@x.net", "d@x.net"]),
        "push": st.sampled_from(["", "t1", "t2", "t3"]),
        "opt_out": st.sampled_from(["", "", "", ";all;", ";email;"]),
        "channels": st.sampled_from(["", "", ";push;", ";email;push;"]),
    }
)
OPERATIONS = ("drain", "drain", "die", "time", "time", "hold", "release", "stop", "retry", "drop", "suppress")
operation = st.tuples(
    st.sampled_from(OPERATIONS), st.integers(0, 6), st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=8)
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    people=st.lists(person, max_size=7),
    operations=st.lists(operation, max_size=12),
    expires=st.sampled_from([None, timedelta(minutes=10)]),
    policies=st.tuples(st.sampled_from(["resend", "hold"]), st.sampled_from(["resend", "hold"])),
    critical=st.booleans(),
)
def test_the_ledger_adds_up_whatever_happens(
    store: Store,
    people: list[dict[str, str]],
    operations: list[tuple[str, int, list[str]]],
    expires: timedelta | None,
    policies: tuple[str, str],
    critical: bool,
) -> None:
    """Every row is in one column; what is settled stays settled; what may come twice is on record as unknown."""
    for table in TABLES:
        store.execute(f"DELETE FROM {table}")
    clock = MovableClock()
    for number, values in enumerate(people):
        ledger.add_recipient(store, f"u{number}", **values)
    row = ledger.broadcast(store, clock(), routes=ROUTES, expires_at=expires and clock() + expires, critical=critical)
    audience = 2 * len(people) + 1
    game = Game(store, row, clock, audience, policies)
    game.check()
    for name, number, words in operations:
        game.play(name, number, words)
        game.check()
    game.finish()


def ledger_no(delivery: Delivery) -> int:
    """The row's number in the ledger; `delivery.no` counts what this sender was given."""
    return int(delivery.key.rpartition(".")[2])


class Game:
    """One broadcast, its channels, and all that was ever handed over to them."""

    def __init__(self, store: Store, row: Row, clock: MovableClock, audience: int, policies: tuple[str, str]) -> None:
        self.store, self.row, self.clock, self.audience = store, row, clock, audience
        self.words = ["sent"]
        self.ways = [
            Answering("email", self.answer, policies[0]),
            Answering("push", self.answer, policies[1], address="push"),
            Answering("social", self.answer, "hold", reach="once", address=""),
        ]
        self.said: dict[int, list[str]] = defaultdict(list)
        self.before: dict[tuple[str, str], Row] = {}
        self.reopened = False

    def answer(self, delivery: Delivery) -> Outcome:
        row = ledger_no(delivery)
        word = self.words[len(self.said[row]) % len(self.words)]
        self.said[row].append(word)
        return ANSWERS[word]

    def play(self, name: str, number: int, words: list[str]) -> None:
        line = ledger.line(*self.ways, attempts=3)
        self.reopened = name in ("retry", "drop")
        if name == "drain":
            self.words = words
            ledger.drain(self.store, line, self.clock)
        elif name == "die":
            self.words = words
            self.ways[0].dies_at = number
            ledger.die_sending(self.store, line, self.clock)
            self.ways[0].dies_at = -1
        elif name == "time":
            self.clock.advance(("1s", "30s", "1m", "5m", "20m", "1h", "5h")[number])
        elif name == "suppress":
            self.store.execute("DELETE FROM suppression")
            ledger.suppress(self.store, f"{'abcd'[number % 4]}@x.net")
        else:
            self.hand(name)

    def hand(self, name: str) -> None:
        try:
            if name == "release":
                outbox.release(self.store, self.row, lambda people, preview: None, self.clock())
            elif name == "retry":
                outbox.retry(self.store, self.row, self.clock())
            else:
                getattr(outbox, name)(self.store, self.row)
        except WrongState:
            self.reopened = False

    def check(self) -> None:
        total = ledger.summed(self.store, self.row)
        assert total.audience == self.audience
        assert total.adds_up
        now = ledger.rows(self.store, self.row["no"])
        assert len(now) == self.audience
        for key, row in now.items():
            self.check_row(row, self.before.get(key))
        self.before = now

    def check_row(self, row: Row, before: Row | None) -> None:
        assert row["state"] in (*COLUMNS, "deferred")
        if row["state"] not in ("pending", "accepted"):
            assert row["reason"], row
        if before is not None and before["state"] in FINAL:
            assert row == before, "what is settled stays as it is"
        if before is not None and before["state"] == "refused" and before["reason"] != "gave_up":
            assert row == before, "a permanent error is never tried again"
        said = self.said[row["no"]]
        assert "never" not in said[:-1] or self.was_unknown(row), "tried again after a permanent error that was heard"
        assert "sent" not in said[:-1] or self.was_unknown(row), "sent twice, and not called unknown"
        assert row["state"] != "accepted" or "sent" in said

    def was_unknown(self, row: Row) -> bool:
        """Whether an attempt of it is on record whose outcome nobody knew."""
        kept = {attempt["state"] for attempt in ledger.attempts(self.store) if attempt["delivery"] == row["no"]}
        return "unknown" in kept | {row["state"]}

    def finish(self) -> None:
        """Released, and sent for long enough, nothing is pending any more; nobody waits in a broadcast that is over."""
        self.hand("release")
        self.words = ["sent"]
        ledger.bury(self.store)
        for _ in range(8):
            ledger.drain(self.store, ledger.line(*self.ways, attempts=3), self.clock)
            self.clock.advance("2h")
        self.check()
        assert ledger.summed(self.store, self.row).counts["pending"] == 0
        assert ledger.state(self.store, self.row) in ("finished", "stopped")
        assert self.store.execute("SELECT count(*) AS n FROM chunk").fetchone()["n"] == 0
        frozen = {row["no"]: row["recipient"] for row in ledger.rows(self.store, self.row["no"]).values()}
        for delivery in (d for way in self.ways for d in way.sent):
            number = ledger_no(delivery)
            assert delivery.key == f"{self.row['id']}.{number}", "a second try is recognised by its key"
            assert frozen[number] == delivery.recipient
        sent = Counter(no for no, words in self.said.items() for word in words if word == "sent")
        accepted = {row["no"] for row in self.before.values() if row["state"] == "accepted"}
        assert accepted <= set(sent)


@pytest.mark.parametrize("answer", ["never"])
def test_a_permanent_error_is_asked_once(store: Store, clock: MovableClock, answer: str) -> None:
    """Neither time nor `outbox retry` sends it again."""
    ledger.add_recipients(store, 3)
    row = ledger.broadcast(store, clock())
    way = Answering(answers=lambda delivery: ANSWERS[answer])
    for _ in range(3):
        ledger.drain(store, ledger.line(way), clock)
        assert outbox.retry(store, row, clock()) == 0
        clock.advance("3h")
    assert len(way.sent) == 3
    assert ledger.summed(store, row).counts["refused"] == 3
