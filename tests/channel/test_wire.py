"""One HTTP connection and everything that a server can do to it: what was handed over is told from what was not."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from incident.channel.port import Deferred, Unknown
from incident.channel.reply import Reply
from incident.channel.wire import LONGEST_REPLY, Answer, Connection, Request
from tests.channel.setup import closed_port
from tests.servers import rough
from tests.servers.rough import Rough, Way, answer, drip, in_order, raw, then

SECONDS = 0.5
OK = answer(200, {"id": 1})


def connection(port: int, seconds: float = SECONDS) -> Connection:
    return Connection(urlsplit(f"http://127.0.0.1:{port}/send"), seconds, ssl.create_default_context)


def request(body: bytes = b"{}") -> Request:
    return Request(target="/send", headers={"Content-Type": "application/json"}, body=body)


@contextmanager
def met(*ways: Way) -> Iterator[tuple[Rough, Connection]]:
    with rough.running(in_order(*ways)) as server:
        using = connection(server.port)
        yield server, using
        using.close()


def said(way: Way) -> Answer:
    with met(way) as (_, using):
        return using.post(request())


def test_connection_is_kept() -> None:
    """Request after request on one connection, also after answers without a body."""
    with met(answer(204, b""), OK, answer(500, {"error": "x" * 5000})) as (server, using):
        assert [using.post(request()).status for _ in range(4)] == [204, 200, 500, 200]  # type: ignore[union-attr]
        assert server.connections == 1


def test_nobody_there() -> None:
    """No connection: nothing was handed over."""
    assert connection(closed_port()).post(request()) == Deferred(
        "unreachable", "", "No connection: nobody listens there."
    )


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        pytest.param(rough.silence, "timeout", id="silence"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n" * 9), "timeout", id="slow-loris head"),
        pytest.param(rough.half_close, "no_reply", id="half-closed"),
        pytest.param(rough.close, "no_reply", id="closed"),
        pytest.param(rough.reset, "no_reply", id="reset"),
        pytest.param(raw(b"220 mail.example ESMTP\r\n"), "unclear", id="another protocol"),
        pytest.param(raw(b"HTTP/1.1 abc\r\n\r\n"), "unclear", id="no status"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), "unclear", id="too many headers"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"), "unclear", id="endless header"),
    ],
)
def test_no_answer_after_the_request(way: Way, reason: str) -> None:
    """Handed over whole, and nothing that could be read came back: only the server knows. It never takes longer than
    the deadline."""
    began = time.monotonic()
    outcome = said(way)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == reason
    assert time.monotonic() - began < SECONDS + 0.4


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(then(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", close=False), rough.close), id="cut"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + b" " * 999, 0.004), id="dripped"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="broken chunks"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"), id="length is no number"),
    ],
)
def test_status_holds_without_the_words(way: Way) -> None:
    """The status was said; that its words do not come does not take it back. The connection is not used again."""
    with met(way) as (server, using):
        first = using.post(request())
        assert isinstance(first, Reply)
        assert first.status == 200
        assert isinstance(using.post(request()), Reply)
        assert server.connections == 2


def test_long_answers_are_not_read() -> None:
    """Of an answer without end only the beginning is read, and the next request has a new connection."""
    with met(rough.flood) as (server, using):
        first = using.post(request())
        assert isinstance(first, Reply)
        assert len(first.body) == LONGEST_REPLY
        assert isinstance(using.post(request()), Reply)
        assert server.connections == 2


@pytest.mark.parametrize(
    "left", [rough.close, rough.reset, then(rough.pause, raw(b"HTTP/1.1 500 Stray\r\n\r\n", close=False))]
)
def test_left_while_idle(left: Way) -> None:
    """A kept connection that the server has left, or on which it talks unasked, is not used: nothing is unknown."""
    with met(then(OK, left)) as (server, using):
        using.post(request())
        time.sleep(0.05)
        assert isinstance(using.post(request()), Reply)
        assert server.connections == 2


def test_answer_before_the_whole_request() -> None:
    """A server that says 413 and hangs up in the middle of a large request is heard."""
    with rough.running(in_order()) as server:
        server.first = lambda head: then(answer(413, {"error": "too large"}), _gone)
        outcome = connection(server.port, 5).post(request(b"x" * 30_000_000))
        assert isinstance(outcome, Reply | Deferred)  # the kernel may drop the answer with the connection
        assert getattr(outcome, "status", 413) == 413
        assert getattr(outcome, "reason", "interrupted") == "interrupted"


async def _gone(call: rough.Call, out: object) -> None:
    """The server closes when this returns."""


def test_broken_in_the_middle_of_the_request() -> None:
    """A request that was not handed over whole has not happened."""
    with rough.running(in_order()) as server:
        server.first = lambda head: rough.reset
        outcome = connection(server.port, 5).post(request(b"x" * 30_000_000))
        assert outcome == Deferred("interrupted", "", "The connection broke before the request was handed over.")


def test_time_is_up_in_the_middle_of_the_request() -> None:
    """Neither has one that the server does not take off our hands."""
    with rough.running(in_order()) as server:
        server.first = lambda head: rough.silence
        began = time.monotonic()
        outcome = connection(server.port).post(request(b"x" * 30_000_000))
        assert isinstance(outcome, Deferred)
        assert outcome.reason == "interrupted"
        assert time.monotonic() - began < SECONDS + 0.6


def test_no_proof_of_who_it_is() -> None:
    """A server that does not speak TLS where it must is not talked to."""
    with rough.running(in_order()) as server:
        using = Connection(urlsplit(f"https://127.0.0.1:{server.port}/"), SECONDS, ssl.create_default_context)
        outcome = using.post(request())
        assert isinstance(outcome, Deferred)
        assert outcome.reason in ("tls", "unreachable")
        assert server.calls == []


def test_connecting_takes_its_time() -> None:
    """A server that never finishes the handshake is given up in time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = urlsplit(f"https://127.0.0.1:{listening.getsockname()[1]}/")
        began = time.monotonic()
        outcome = Connection(url, SECONDS, ssl.create_default_context).post(request())
        assert isinstance(outcome, Deferred)
        assert time.monotonic() - began < SECONDS + 0.4


def test_threads_do_not_share() -> None:
    """Each thread with a connection of its own gets its own answers."""
    with rough.running(lambda call: answer(200, {"said": call.body.decode()})) as server:
        got: dict[int, set[bytes]] = {}

        def ask(number: int) -> None:
            using = connection(server.port, 5)
            got[number] = {using.post(request(str(number).encode())).body for _ in range(50)}  # type: ignore[union-attr]
            using.close()

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == {number: {b'{"said": "%d"}' % number} for number in range(4)}
