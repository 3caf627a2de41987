"""A ledger to play with: a broadcast over a real database, and a channel that answers what the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from incident import ident, retry
from incident.channel.port import Delivery, Finding, Outcome, Sent
from incident.channel.spec import DomainLimit, Rate
from incident.delivery import dispatch, sender
from incident.delivery.freeze import freeze
from incident.delivery.line import Line
from incident.delivery.model import Broadcast, Route
from incident.delivery.reconcile import Sum, sum_of
from incident.message.render import Rendered
from incident.now import Clock
from incident.store import Row, Store

TEXT = Rendered(medium="email", parts={"subject": "Hello", "text": "There is a fault."})


class Killed(BaseException):
    """The process dies here."""


@dataclass(eq=False)
class Answering:
    """A channel over the outside world of this test: `answers(delivery)` is what it says; it remembers what was sent.

    `dies_at` kills the sender when so many have been handed over; then the next answer is never heard.
    """

    name: str = "email"
    answers: Callable[[Delivery], Outcome] = lambda delivery: Sent("250")
    on_unknown: Literal["resend", "hold"] = "resend"
    reach: Literal["each", "once"] = "each"
    address: str = "email"
    dies_at: int = -1
    sent: list[Delivery] = field(default_factory=list)
    kind: str = "test"
    medium: str = "email"
    network: str = ""
    locales: tuple[str, ...] = ()
    account: str = "email"
    rates: tuple[Rate, ...] = ()
    domains: Mapping[str, DomainLimit] = field(default_factory=dict)

    def send(self, deliveries: Iterable[Delivery], stopped: Callable[[], bool]) -> Iterator[tuple[int, Outcome]]:
        for delivery in deliveries:
            if stopped():
                return
            self.sent.append(delivery)
            if self.dies_at == 0:
                raise Killed
            self.dies_at -= 1
            yield delivery.no, self.answers(delivery)

    def check(self) -> list[Finding]:
        return []

    def close(self) -> None: ...


def add_recipient(store: Store, id: str, **values: str) -> None:
    """One row of the audience; `channels` and `opt_out` as ';a;b;'."""
    row = {
        "name": "",
        "locale": "en",
        "email": f"{id}@example.net",
        "push": "",
        "channels": "",
        "opt_out": "",
        **values,
    }
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    store.execute(f"INSERT INTO recipient (id, {names}, updated_at) VALUES (:id, {marks}, 0)", {"id": id, **row})


def add_recipients(store: Store, count: int) -> None:
    with store.transaction():
        for number in range(count):
            add_recipient(store, f"u{number:05d}")


def suppress(store: Store, address: str) -> None:
    store.execute("INSERT INTO suppression (address, reason, at, actor) VALUES (:a, 'bounce', 0, 'li')", {"a": address})


def broadcast(
    store: Store,
    now: datetime,
    *,
    routes: Sequence[Route] = (Route(channel="email", reach="each", column="email"),),
    step: str = "first-notice",
    expires_at: datetime | None = None,
    where_: str = "1 = 1",
    **more: Any,
) -> Row:
    """Freezes a broadcast to everybody, or to whom `where_` means; returns its row."""
    people = int(store.execute("SELECT count(*) AS n FROM recipient").fetchone()["n"])
    no = freeze(
        store,
        Broadcast(
            id=ident.token(),
            kind="notice",
            incident="INC-2026-001",
            step=step,
            message="first-notice",
            audience="everyone",
            people=people,
            hash="h",
            thread="INC-2026-001",
            routes=tuple(routes),
            renderings={(route.channel, "en"): TEXT for route in routes},
            locales={"en": "en"},
            default_locale="en",
            where=where_,
            expires_at=expires_at,
            **more,
        ),
        now,
    )
    row: Row = store.queries("incident.delivery").broadcast_by_no(no=no)
    return row


def line(*channels: Answering, **policy: Any) -> Line:
    return Line(channels={one.name: one for one in channels}, policy=retry.Policy(**policy))


def drain(store: Store, ways: Line, clock: Clock) -> None:
    sender.drain(store, ways, clock, stopping=threading.Event())


def send(store: Store, ways: Line, clock: Clock) -> None:
    """As a worker does it: with the rules looked after."""
    dispatch.dispatch(store, ways, clock, stopping=threading.Event())


def bury(store: Store) -> None:
    """Lets the leases of whoever holds something end: what a killed process would leave."""
    store.execute("UPDATE chunk SET lease_until = 0 WHERE state = 'open'")


def die_sending(store: Store, ways: Line, clock: Clock) -> None:
    """Sends until the channel kills the sender; its leases end."""
    try:
        drain(store, ways, clock)
    except Killed:
        bury(store)


def rows(store: Store, broadcast_no: int = 1) -> dict[tuple[str, str], Row]:
    """Deliveries by (recipient, channel)."""
    found = store.execute("SELECT * FROM delivery WHERE broadcast = :no ORDER BY no", {"no": broadcast_no}).fetchall()
    return {(row["recipient"], row["channel"]): row for row in found}


def attempts(store: Store) -> list[Row]:
    found: list[Row] = store.execute("SELECT * FROM attempt ORDER BY broadcast, delivery, attempt").fetchall()
    return found


def summed(store: Store, row: Row) -> Sum:
    return sum_of(store, row).total


def state(store: Store, row: Row) -> str:
    return str(store.queries("incident.delivery").broadcast_by_no(no=row["no"])["state"])


def states(store: Store) -> Mapping[str, tuple[str, str | None]]:
    """recipient -> (state, reason), for one channel."""
    return {key[0]: (row["state"], row["reason"]) for key, row in rows(store).items()}
