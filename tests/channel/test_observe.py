"""Apprise still goes the way on which it is observed; these fail when a new version does not."""

from __future__ import annotations

import threading
from pathlib import Path

import apprise
import pytest
import requests

from incident.channel import observe
from tests.servers import ntfy, web
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
