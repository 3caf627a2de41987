"""A broadcast through a world that misbehaves, and the comparison of two books: the world's own log, and the ledger.

The world writes down what it did to each address, in order (`Met`). The ledger wrote down what it understood. The books
agree when each act of the world stands in the ledger as one of the things that it may be called.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from incident.channel.port import Channel
from incident.delivery.model import Route
from incident.store import Row, Store
from tests.clock import MovableClock
from tests.delivery import ledger

ROUNDS = 400
Said = tuple[str, str]
"""State and reason as the ledger has them; an accepted one has no reason."""


@dataclass(frozen=True, kw_only=True)
class Met:
    """What the world did to one address: the name of it, whether the message arrived all the same, what the ledger may
    call it, when, and how long it asked to be left alone."""

    name: str
    arrived: bool
    says: frozenset[Said]
    at: datetime
    wait: timedelta | None = None


@dataclass
class Book:
    """The world's log: what each address met, in order. Servers write to it from threads of their own."""

    met: dict[str, list[Met]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, address: str, met: Met) -> None:
        with self.lock:
            self.met[address].append(met)

    def times(self, address: str) -> int:
        with self.lock:
            return len(self.met[address])

    def names(self) -> Counter[str]:
        return Counter(met.name for several in self.met.values() for met in several)


def told(state: str, *reasons: str) -> frozenset[Said]:
    return frozenset((state, reason) for reason in reasons or ("",))


@dataclass
class Broadcast:
    """One broadcast to `people`, over channels each of which has its own book."""

    store: Store
    clock: MovableClock
    channels: Sequence[Channel]
    people: int
    books: dict[str, Book] = field(default_factory=dict)
    row: Row = field(init=False)

    def __post_init__(self) -> None:
        with self.store.transaction():
            for number in range(self.people):
                ledger.add_recipient(self.store, f"u{number}", push=f"tok{number}", email=f"tok{number}@example.com")
        routes = [
            Route(channel=one.name, reach="each", column="email" if one.medium == "email" else "push")
            for one in self.channels
        ]
        self.row = ledger.broadcast(self.store, self.clock(), routes=routes)

    def send(self) -> None:
        """Drains until nothing waits any more; between two drains two minutes pass."""
        policy = {"attempts": 100, "first": timedelta(seconds=1), "longest": timedelta(seconds=30)}
        line = ledger.line(*self.channels, **policy)  # type: ignore[arg-type]
        for _ in range(ROUNDS):
            ledger.drain(self.store, line, self.clock)
            total = ledger.summed(self.store, self.row)
            assert total.adds_up
            if total.counts["pending"] == 0:
                break
            self.clock.advance("2m")
        for channel in self.channels:
            channel.close()

    def tries(self) -> Iterator[tuple[Row, list[Row]]]:
        """Each row of the ledger with all its tries, the last one being what stands now. Everybody is accounted for."""
        total = ledger.summed(self.store, self.row)
        assert total.adds_up
        assert total.audience == self.people * len(self.channels)
        assert total.counts["pending"] == 0
        earlier: dict[int, list[Row]] = defaultdict(list)
        for attempt in ledger.attempts(self.store):
            earlier[attempt["delivery"]].append(attempt)
        for row in ledger.rows(self.store, self.row["no"]).values():
            several = [*(one for one in earlier[row["no"]] if one["attempt"] < row["attempts"]), row]
            yield row, [one for one in several if not (one["words"] or "").startswith("Not tried")]

    def check(self) -> None:
        """The books agree."""
        holds = {one.name for one in self.channels if one.on_unknown == "hold"}
        for row, tries in self.tries():
            compare(self.books[row["channel"]].met[row["address"]], tries, hold=row["channel"] in holds)


def compare(met: Sequence[Met], tries: Sequence[Row], *, hold: bool) -> None:
    """One address: what it met, and what the ledger says of it.

    1. Each act of the world is a try of the ledger, in order, and is called what it may be called.
    2. What the ledger tried beyond that never reached the world: it says so, or that it does not know.
    3. Arrived at most once, unless it was unknown meanwhile. 4. Accepted has arrived.
    5. Nobody is asked again before the time that was named. 6. It came to its end (`check_end`).
    """
    said = [said_of(row) for row in tries]
    story = f"\nmet: {[(one.name, one.arrived) for one in met]}\nsaid: {said}"
    left = list(met)
    for index, one in enumerate(said):
        # who may have got it before never ends as refused: it stays unknown, with the reason of the refusal
        doubted = one[0] == "unknown" and any(state == "unknown" for state, _ in said[:index])
        if left and (one in left[0].says or (doubted and ("refused", one[1]) in left[0].says)):
            left.pop(0)
        else:
            unheard = one in {("deferred", "unreachable"), ("deferred", "interrupted"), ("unknown", "no_reply")}
            assert unheard, f"try {index} is called {one}{story}"
    assert not left, f"the ledger does not know of {[one.name for one in left]}{story}"
    arrivals = sum(one.arrived for one in met)
    assert arrivals <= 1 or any(state == "unknown" for state, _ in said), f"arrived twice{story}"
    assert said[-1][0] != "accepted" or arrivals, f"called accepted{story}"
    for earlier, later in pairwise(met):
        assert later.at >= earlier.at + (earlier.wait or timedelta(0)), f"asked too early after {earlier}{story}"
    check_end(said, story, hold=hold)


def said_of(row: Row) -> Said:
    return row["state"], row["reason"] or ""


def check_end(said: Sequence[Said], story: str, *, hold: bool) -> None:
    """It came to its end; nothing final is tried again, and nothing temporary is given up."""
    states = [state for state, _ in said]
    final = {"accepted", "refused"} | ({"unknown"} if hold else set())
    assert not final & set(states[:-1]), f"tried again after what was final{story}"
    doubted = states[-1] == "unknown" and "unknown" in states[:-1]  # refused after nobody knew: see `compare`
    assert states[-1] in final or doubted, f"not at its end{story}"
    assert said[-1] != ("refused", "gave_up"), f"given up{story}"
