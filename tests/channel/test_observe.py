"""Apprise still goes the way on which it is observed; these fail when a new version does not."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import apprise
import pytest
import requests

from incident.channel import observe, wire
from tests.servers import ntfy, rough, web
from tests.servers.rough import Rough, Way, in_order
from tests.servers.web import Answer, at_first


def test_apprise_is_observed(tmp_path: Path) -> None:
    """A plug-in's request passes HTTPAdapter.send in the thread that called it: status, headers and body are heard,
    and our header goes out with it."""
    with ntfy.running(tmp_path, script=at_first(web.busy(7))) as server:
        plugin = apprise.Apprise.instantiate(f"ntfy://127.0.0.1:{server.port}/topic")
        with observe.watching({"X-Ours": "1"}) as exchange:
            assert plugin.notify(body="x", body_format="text") is False
            assert plugin.notify(body="x", body_format="text") is True
        assert [reply.status for reply in exchange.replies] == [503, 200]
        assert exchange.replies[0].headers["retry-after"] == "7"
        assert b'"topic": "topic"' in exchange.replies[1].body
        assert server.posts()[0].headers["x-ours"] == "1"


def test_apprise_has_what_we_set() -> None:
    """The attributes that are set on plug-in objects exist: a renamed one would be set in vain."""
    for url, names in {
        "ntfy://127.0.0.1/topic": ("click", "priority", "topics"),
        "mastodon://token@127.0.0.1": ("language", "targets"),
        "mqtt://127.0.0.1/topic": ("mqtt_block_time_sec", "client", "topics"),
    }.items():
        plugin = apprise.Apprise.instantiate(url)
        common = ("request_rate_per_sec", "redirects", "socket_connect_timeout", "socket_read_timeout")
        for name in (*common, "body_max_line_count", *names):
            assert hasattr(plugin, name), (url, name)


def test_nothing_is_heard_outside(tmp_path: Path) -> None:
    """Requests of other threads, and of this one outside `watching`, are left alone."""
    with ntfy.running(tmp_path) as server, observe.watching({"X-Ours": "1"}) as exchange:
        url = f"http://127.0.0.1:{server.port}/"
        other = threading.Thread(target=requests.post, args=(url,), kwargs={"json": {"topic": "a"}})
        other.start()
        other.join()
        assert exchange.replies == []
        assert "x-ours" not in server.posts()[0].headers


@pytest.mark.parametrize(("answer", "failure"), [(Answer(drop=True), "broken"), (Answer(delay=2), "timeout")])
def test_failures_after_the_request(tmp_path: Path, answer: Answer, failure: str) -> None:
    """What may have arrived is told apart from what has not."""
    with ntfy.running(tmp_path, script=at_first(answer)) as server:
        with observe.watching() as exchange, pytest.raises(requests.RequestException):
            requests.post(f"http://127.0.0.1:{server.port}/", json={"topic": "a"}, timeout=0.5)
        assert exchange.failure == failure


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_failures_before_the_request(host: str) -> None:
    """No connection, and no such name: nothing was sent."""
    with observe.watching() as exchange, pytest.raises(requests.RequestException):
        requests.post(f"http://{host}/", json={}, timeout=5)
    assert exchange.failure == "connect"


# --- over connections that are kept


def notify(server: Rough, kept: observe.Kept, body: str = "x") -> observe.Exchange:
    """One post of Apprise's plainest plug-in."""
    plugin = apprise.Apprise.instantiate(f"json://127.0.0.1:{server.port}/send")
    with observe.watching(kept=kept) as exchange:
        plugin.notify(body=body, body_format="text")
    return exchange


def test_connections_are_kept() -> None:
    """Plug-in objects come and go; the connection stays, until the channel is closed."""
    kept = observe.Kept(5)
    with rough.running(in_order()) as server:
        assert [notify(server, kept).replies[0].status for _ in range(5)] == [200] * 5
        assert server.connections == 1
        kept.close()
        notify(server, kept)
        assert server.connections == 2
        kept.close()


@pytest.mark.parametrize(
    ("way", "failure"),
    [
        (rough.silence, "timeout"),
        (rough.drip(b"HTTP/1.1 200 OK\r\n" * 9), "timeout"),
        (rough.half_close, "broken"),
        (rough.reset, "broken"),
        (rough.raw(b"SSH-2.0-x\r\n"), "broken"),
    ],
)
def test_an_exchange_ends_in_time(way: Way, failure: str) -> None:
    """However slowly a server drips its answer: nobody waits longer than the deadline."""
    began = time.monotonic()
    with rough.running(in_order(way)) as server:
        exchange = notify(server, observe.Kept(0.5))
    assert (exchange.failure, exchange.replies) == (failure, [])
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(("way", "failure"), [(rough.silence, "timeout"), (rough.reset, "broken")])
def test_a_proxy_is_no_way_around(monkeypatch: pytest.MonkeyPatch, way: Way, failure: str) -> None:
    """What was handed over to the proxy of the environment may have arrived, and its connection is kept, too."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    kept = observe.Kept(0.5)
    plugin = apprise.Apprise.instantiate("json://gateway.invalid/send")
    with rough.running(in_order(rough.answer(200), rough.answer(200), way)) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        heard = []
        for _ in range(3):
            with observe.watching(kept=kept) as exchange:
                plugin.notify(body="x", body_format="text")
            heard.append(exchange.failure)
        assert (heard, server.connections) == (["", "", failure], 1)
        assert server.calls[0].path == "http://gateway.invalid/send"


@pytest.mark.parametrize("way", [rough.flood, rough.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", 0.001)])
def test_what_is_left_of_an_answer(way: Way) -> None:
    """An answer without end, or one that stops, is read as far as it matters; the next post has a new connection."""
    kept = observe.Kept(0.5)
    with rough.running(in_order(way)) as server:
        (reply,) = notify(server, kept).replies
        assert reply.status == 200
        assert len(reply.body) <= wire.LONGEST_REPLY
        assert notify(server, kept).replies[0].status == 200
        assert server.connections == 2


def test_interrupted_is_not_unknown() -> None:
    """A request that broke before it was handed over has not happened."""
    with rough.running(in_order()) as server:
        server.first = lambda head: rough.reset
        assert notify(server, observe.Kept(5), "x" * 30_000_000).failure == "interrupted"
