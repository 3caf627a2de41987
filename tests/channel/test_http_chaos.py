"""HTTP servers that misbehave in every way at random, under a whole broadcast that the real ledger drives."""

from __future__ import annotations

import random
from asyncio import StreamWriter
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from incident.channel.port import Channel
from incident.channel.settings import open_channel
from incident.store import Store
from tests.channel.chaos import Book, Broadcast, Met, Said, told
from tests.channel.setup import read
from tests.clock import MovableClock
from tests.servers import rough
from tests.servers.rough import Call, Way, answer, drip, raw, then
from tests.tally import Tally

SECONDS = timedelta(milliseconds=400)
ENOUGH = 5
"""So often an address is met badly; then well, so that the night ends."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """One way to be met; `may_arrive` where the server may have worked before it broke."""

    name: str
    way: Way
    says: frozenset[Said]
    arrives: bool = False
    may_arrive: bool = False
    wait: timedelta | None = None


def said(status: int, state: str, reason: str, **headers: str) -> Fate:
    return Fate(name=str(status), way=answer(status, {"error": "no"}, **headers), says=told(state, reason))


def broken(name: str, way: Way, *reasons: str) -> Fate:
    """Handed over, and no answer that could be read."""
    return Fate(name=name, way=way, says=told("unknown", *reasons), may_arrive=True)


def temporary(clock: MovableClock) -> Sequence[Fate]:
    """What passes."""

    minutes = timedelta(minutes=5)

    async def until(call: Call, out: StreamWriter) -> None:
        await answer(503, Retry_After=format_datetime(clock() + minutes, usegmt=True))(call, out)

    return (
        said(401, "deferred", "not_authorised"),
        said(408, "deferred", "busy"),
        said(425, "deferred", "busy"),
        said(429, "deferred", "rate"),
        said(500, "deferred", "busy"),
        said(503, "deferred", "busy"),
        replace(said(429, "deferred", "rate", Retry_After="300"), name="429 seconds", wait=minutes),
        Fate(name="503 date", way=until, says=told("deferred", "busy"), wait=minutes),
        replace(said(503, "deferred", "busy", Retry_After="soon"), name="503 nonsense"),
    )


NOT_KNOWN = (
    broken("504", answer(504), "timeout"),
    broken("silence", rough.silence, "timeout"),
    broken("slow-loris head", drip(b"HTTP/1.1 200 OK\r\n" * 9), "timeout"),
    broken("half-closed", rough.half_close, "no_reply"),
    broken("closed", rough.close, "no_reply"),
    broken("reset", rough.reset, "no_reply"),
    broken("not http", raw(b"220 mail.example ESMTP\r\n"), "unclear"),
)
NEVER = (
    said(400, "refused", "bad_content"),
    said(403, "refused", "not_authorised"),
    said(404, "refused", "bad_address"),
    said(410, "refused", "bad_address"),
    said(413, "refused", "too_large"),
    said(418, "refused", "rejected"),
    said(501, "refused", "misconfigured"),
)


def taken(body: Any, *, name: str = "taken") -> Fate:
    return Fate(name=name, way=answer(200, body), says=told("accepted"), arrives=True)


def rude_but_taken(body: Any) -> Sequence[Fate]:
    """The status was said; what follows is rude."""
    whole = rough.written(200, body)
    return (
        Fate(name="flood", way=rough.flood, says=told("accepted"), arrives=True),
        Fate(name="cut body", way=raw(whole[:-2]), says=told("accepted"), arrives=True),
        Fate(
            name="dripped body",
            way=then(raw(whole[:-2], close=False), rough.silence),
            says=told("accepted"),
            arrives=True,
        ),
        Fate(name="left", way=then(answer(200, body), rough.close), says=told("accepted"), arrives=True),
    )


@dataclass
class World:
    """One server: `met` by address says which fate comes next, by a chance of its own for each address."""

    seed: int
    clock: MovableClock
    book: Book
    bad: Sequence[Fate]
    rude: Sequence[Fate]
    good: Fate

    def fate(self, address: str) -> Fate:
        times = self.book.times(address)
        chance = random.Random(f"{self.seed} {address} {times}")
        if times >= ENOUGH or chance.random() < 0.3:
            return chance.choice([self.good, self.good, *self.rude])
        return chance.choice(self.bad)

    def write(self, address: str, fate: Fate) -> None:
        arrived = fate.arrives or (fate.may_arrive and random.Random(f"{self.seed}{address}{fate.name}").random() < 0.5)
        self.book.write(address, Met(name=fate.name, arrived=arrived, says=fate.says, at=self.clock(), wait=fate.wait))

    def one(self, address: str) -> Way:
        fate = self.fate(address)
        self.write(address, fate)
        return fate.way


# --- four roads


def each_by_url(world: World) -> Callable[[Call], Way]:
    return lambda call: world.one(call.path.rpartition("/")[2])


def each_by_topic(world: World) -> Callable[[Call], Way]:
    return lambda call: world.one(call.json()["topic"])


def each_by_body(world: World) -> Callable[[Call], Way]:
    return lambda call: world.one(call.json()["to"])


def in_batches(world: World) -> Callable[[Call], Way]:
    """Now and then something happens to a whole batch; else each message meets its own fate in the answer."""

    def choose(call: Call) -> Way:
        messages = call.json()["messages"]
        chance = random.Random(f"{world.seed} {call.no}")
        if len(messages) > 13:
            return answer(413)  # nobody's fate: halved, and sent again
        if chance.random() < 0.2:
            fate = chance.choice([*temporary(world.clock), *NOT_KNOWN])
            for message in messages:
                world.write(message["address"], fate)
            return fate.way
        results = [result for message in messages for result in _result(world, message)]
        chance.shuffle(results)
        return answer(200, {"results": results})

    return choose


def _result(world: World, message: dict[str, str]) -> list[dict[str, Any]]:
    fate = world.fate(message["address"])
    world.write(message["address"], fate)
    key = message["key"]
    if fate.name == "missing":
        return []
    if fate.name == "twice":
        return [{"key": key, "status": 200}, {"key": key, "status": 503}]
    if fate.name == "no status":
        return [{"key": key}]
    waiting = {} if fate.wait is None else {"retry_after": fate.wait.total_seconds()}
    return [{"key": key, "status": int(fate.name.split()[0]), **waiting}]


def items(clock: MovableClock) -> Sequence[Fate]:
    untold = tuple(broken(name, rough.silence, "unclear") for name in ("missing", "twice", "no status"))
    within = tuple(fate for fate in temporary(clock) if fate.name not in ("503 date", "503 nonsense"))
    return (*within, *NEVER, NOT_KNOWN[0], *untold)


ROBOT_OK = {"errcode": 0, "errmsg": "ok"}


def robot_says(code: int, state: str, reason: str, wait: timedelta | None = None) -> Fate:
    body = {"errcode": code, "errmsg": "no"}
    return Fate(name=f"errcode {code}", way=answer(200, body), says=told(state, reason), wait=wait)


ROBOT = (
    robot_says(-1, "deferred", "busy"),
    robot_says(45009, "deferred", "rate", timedelta(minutes=1)),
    robot_says(40058, "refused", "too_large"),
    robot_says(93000, "refused", "misconfigured"),
    robot_says(99999, "refused", "rejected"),
    broken("portal", answer(200, b"<html>Log in</html>"), "unclear"),
    broken("malformed", answer(200, b'{"errcode": 0'), "unclear"),
    broken("nested", answer(200, b"[" * 9000), "unclear"),
    broken("no code", answer(200, {}), "unclear"),
)
ID = {"id": "m1"}


@contextmanager
def road(
    stack: ExitStack, folder: Path, name: str, entry: str, world: World, choose: Callable[[Call], Way]
) -> Iterator[Channel]:
    server = stack.enter_context(rough.running(choose))
    here = f"127.0.0.1:{server.port}"
    specs, mistakes = read(f"{name}: {{medium: push, {entry.replace('HERE', here)}}}", folder)
    assert not mistakes, mistakes
    yield open_channel(replace(specs[name], timeout=SECONDS), world.clock)


def night(folder: Path, store: Store, clock: MovableClock, seed: int, people: int) -> Broadcast:
    """One broadcast by four roads, through a night of its own."""
    with ExitStack() as stack:
        elsewhere = stack.enter_context(rough.running(lambda call: answer(200, ID)))
        away = tuple(
            said(status, "refused", "misconfigured", Location=f"http://127.0.0.1:{elsewhere.port}/")
            for status in (301, 302, 303, 307, 308)
        )
        common = (*temporary(clock), *NOT_KNOWN, *NEVER, *away)
        # requests tells no difference between a server that speaks another protocol and one that hangs up
        as_requests = [
            replace(fate, says=told("unknown", "no_reply")) if fate.name == "not http" else fate for fate in common
        ]
        worlds = {
            "single": World(seed, clock, Book(), common, rude_but_taken(ID), taken(ID)),
            "batch": World(seed, clock, Book(), items(clock), (), taken(ID, name="202")),
            "robot": World(seed, clock, Book(), (*common, *ROBOT), (), taken(ROBOT_OK)),
            "ntfy": World(seed, clock, Book(), as_requests, (), taken(ID)),
        }
        entries = {
            "single": ("kind: webhook, url: 'http://HERE/to/{push}', on_unknown: resend", each_by_url),
            "batch": ("kind: webhook, url: 'http://HERE/', batch: 20, connections: 3", in_batches),
            "robot": (
                "kind: webhook, url: 'http://HERE/{push}', replies: wecom, body: {to: '{address}'}",
                each_by_body,
            ),
            "ntfy": ("kind: apprise, url: 'ntfy://HERE/{push}', workers: 6", each_by_topic),
        }
        channels = [
            stack.enter_context(road(stack, folder, name, entry, worlds[name], choose(worlds[name])))
            for name, (entry, choose) in entries.items()
        ]
        books = {name: world.book for name, world in worlds.items()}
        sent = Broadcast(store, clock, channels, people, books)
        sent.send()
        assert elsewhere.calls == [], "a redirect was followed"
    return sent


@pytest.mark.parametrize("seed", [1])
def test_everybody_is_accounted_for(tmp_path: Path, sqlite_store: Store, clock: MovableClock, seed: int) -> None:
    """The servers' own books and the ledger agree on every single try."""
    sent = night(tmp_path, sqlite_store, clock, seed, people=45)
    sent.check()
    met = sum((book.names() for book in sent.books.values()), start=Counter[str]())
    print(met)
    from tests.delivery import ledger

    print({k: (v["state"], v["reason"], v["attempts"]) for k, v in ledger.rows(sqlite_store).items()})
    assert len(met) >= 40, sorted(met)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 110))
def test_through_many_nights(tmp_path: Path, store: Store, clock: MovableClock, tally: Tally, seed: int) -> None:
    """The same, longer, on both databases."""
    sent = night(tmp_path, store, clock, seed, people=300)
    sent.check()
    tally.count("messages through HTTP servers that misbehave, all accounted for", len(list(sent.tries())))
