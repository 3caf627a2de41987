"""Whatever becomes of each row, a chain does what a person would do by hand: ask the next channel only if need be."""

from __future__ import annotations

import tempfile
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.channel.port import Deferred, Delivery, Outcome, Refused, Sent, Unknown
from incident.delivery.model import Route
from incident.delivery.rules.canary import Canary
from incident.delivery.rules.frozen import Rules
from incident.store import Store, migrate, open_store
from tests.clock import START, MovableClock
from tests.delivery import ledger
from tests.delivery.care.sent import head
from tests.delivery.ledger import Answering

CHANNELS = {"push": "push", "email": "email", "sms": "phone"}
ROUTES = tuple(
    Route(channel=channel, reach="each", column=column, after=after, chunk=3)
    for (channel, column), after in zip(CHANNELS.items(), ("", "push", "email"), strict=True)
)
ANSWERS: dict[str, Outcome] = {
    "sent": Sent("ok"),
    "refused": Refused("bad_address"),
    "gave up": Deferred("mailbox_full"),
    "unknown": Unknown("no_reply"),
}
FATES = st.sampled_from((*ANSWERS, "no address", "opted out"))
PEOPLE = st.lists(st.tuples(FATES, FATES, FATES), min_size=1, max_size=9)


def reached_by(fates: tuple[str, ...]) -> str | None:
    """The channel that reaches a person, or may have; by hand."""
    for channel, fate in zip(CHANNELS, fates, strict=True):
        if fate in ("sent", "unknown"):
            return channel
    return None


def audience(store: Store, people: list[tuple[str, ...]]) -> None:
    for number, fates in enumerate(people):
        out = [channel for channel, fate in zip(CHANNELS, fates, strict=True) if fate == "opted out"]
        columns = {
            column: "" if fate == "no address" else f"u{number}@{column}.net"
            for column, fate in zip(CHANNELS.values(), fates, strict=True)
        }
        ledger.add_recipient(store, f"u{number}", opt_out=f";{';'.join(out)};" if out else "", **columns)


@settings(deadline=None, max_examples=40)
@given(people=PEOPLE, first=st.integers(1, 9))
def test_each_person_is_asked_until_reached_and_not_further(people: list[tuple[str, ...]], first: int) -> None:
    """The channels that were asked are those up to the first that reached; the sum adds up; everything ends."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/x.db", make=True)
        migrate(store, START)
        clock = MovableClock()
        audience(store, people)
        rules = Rules(canary=Canary(first=first, hold=timedelta(minutes=1))) if first < len(people) else Rules()
        row = ledger.broadcast(store, clock(), routes=ROUTES, rules=rules)

        def answer(channel: int, delivery: Delivery) -> Outcome:
            return ANSWERS[people[int(delivery.recipient[1:])][channel]]

        ways = [
            Answering(name=name, on_unknown="hold", answers=lambda one, n=number: answer(n, one))
            for number, name in enumerate(CHANNELS)
        ]
        for _ in range(40):
            ledger.send(store, ledger.line(*ways, attempts=2), clock)
            assert ledger.summed(store, row).adds_up
            if head(store, row)["state"] != "sending":
                break
            clock.advance("1m")
        state = head(store, row)
        rows = ledger.rows(store)
        for number, fates in enumerate(people):
            _check(fates, {channel: rows[f"u{number}", channel] for channel in CHANNELS}, state["state"] == "held")
        store.close()


def _check(fates: tuple[str, ...], rows: dict[str, dict[str, object]], held: bool) -> None:
    """A canary of which nobody accepted is held: then those behind it wait, and nobody was asked too much."""
    reached = reached_by(fates)
    seen = [rows[channel] for channel in CHANNELS]
    asked = [row["channel"] for row in seen if row["attempts"]]
    may_be_asked = [
        channel for channel, fate in zip(CHANNELS, fates, strict=True) if fate not in ("no address", "opted out")
    ]
    expected = may_be_asked[: may_be_asked.index(reached) + 1] if reached else may_be_asked
    if held:
        assert asked == expected[: len(asked)]
        return
    assert asked == expected
    assert not {"pending", "standby", "deferred"} & {str(row["state"]) for row in seen}
