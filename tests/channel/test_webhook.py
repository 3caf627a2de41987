"""Kind webhook: the shape that the other side wants, and what its silence means."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident.channel.port import Channel, Deferred, Refused, Sent, Unknown
from tests.channel.setup import PARTS, channel, delivery, one, outcomes
from tests.servers import robot, web
from tests.servers.web import Answer, WebServer, at_first


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    with web.running(tmp_path / "hooks", lambda post, count: Answer(body={"id": count})) as running:
        yield running


def hook(server: WebServer, folder: Path, keys: str = "", path: str = "/send") -> Channel:
    return channel(f'{{kind: webhook, url: "http://127.0.0.1:{server.port}{path}"{keys}}}', folder)


def test_everything_by_default(server: WebServer, tmp_path: Path) -> None:
    """Without `body` the whole delivery is posted, with its key as Idempotency-Key."""
    assert one(hook(server, tmp_path), delivery(1, "tok")) == Sent("http 200", "id 1")
    (post,) = server.posts()
    assert post.body["schema"] == "incident.delivery/v1"
    assert (post.body["address"], post.body["parts"]) == ("tok", PARTS)
    assert post.headers["idempotency-key"] == "b1-1"


def test_body_in_the_shape_of_the_other_side(server: WebServer, tmp_path: Path) -> None:
    """Names in braces are filled in as data: they can neither change the structure nor be filled again."""
    keys = ', body: {to: ["{address}"], alert: {title: "{title}", n: 1}, other: "{unknown}"}'
    sent = delivery(1, 'a"},{"x', parts={"title": "{address} \\ 停"})
    one(hook(server, tmp_path, keys), sent)
    body = server.posts()[0].body
    assert body == {"to": ['a"},{"x'], "alert": {"title": "{address} \\ 停", "n": 1}, "other": "{unknown}"}


def test_form(server: WebServer, tmp_path: Path) -> None:
    """`form: true` posts the fields as a form."""
    one(
        hook(server, tmp_path, ', form: true, body: {status: "{text} & more"}'), delivery(1, "", parts={"text": "停=1"})
    )
    outcome = one(
        hook(server, tmp_path, ', form: true, body: {status: "{text} & more"}'),
        delivery(2, "a", parts={"text": "停=1"}),
    )
    assert isinstance(outcome, Sent)
    (post,) = server.posts()
    assert post.body == "status=%E5%81%9C%3D1+%26+more"


def test_signature(server: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a secret the body is signed, so that the receiver knows who posts."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    one(hook(server, tmp_path, ", secret: env:HOOK_SECRET"), delivery(1, "tok"))
    (post,) = server.posts()
    raw = json.dumps(post.body, ensure_ascii=False, separators=(",", ":")).encode()
    assert post.headers["x-incident-signature"] == "sha256=" + hmac.new(b"s3cret", raw, hashlib.sha256).hexdigest()


def test_errors_of_a_robot(tmp_path: Path) -> None:
    """`replies` reads the errors behind HTTP 200."""
    with robot.running(tmp_path / "chat") as server:
        limited = hook(server, tmp_path, ", replies: wecom", "/wecom?errcode=45009")
        assert isinstance(one(limited, delivery(1, "a")), Deferred)
        assert isinstance(one(hook(server, tmp_path, ", replies: wecom", "/wecom"), delivery(1, "a")), Sent)


def test_dropped_after_the_request(server: WebServer, tmp_path: Path) -> None:
    """A request without an answer may have worked; the next one goes out on a new connection."""
    server.script = at_first(Answer(), Answer(drop=True))
    sent = outcomes(hook(server, tmp_path, ", connections: 1"), [delivery(no, "tok") for no in range(3)])
    assert isinstance(sent[1], Unknown)
    assert isinstance(sent[2], Sent)


def test_placeholder_in_the_path(server: WebServer, tmp_path: Path) -> None:
    """An address in the path is encoded; not found there is the address's fault."""
    server.script = at_first(Answer(status=404))
    sending = hook(server, tmp_path, path="/to/{push}?x=1")
    outcome = one(sending, delivery(1, "a/b?c"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "bad_address"
    one(sending, delivery(2, "a/b?c"))
    assert server.posts()[0].path == "/to/a%2Fb%3Fc?x=1"


def test_posts_for_all_stay_in_order(server: WebServer, tmp_path: Path) -> None:
    """What is posted once a language is posted one after the other, however many connections there may be."""
    keys = ', reach: once, connections: 8, medium: social, body: {text: "{text}"}'
    locales = [f"{letter}{other}" for letter in "abcd" for other in "xyz"]
    outcomes(hook(server, tmp_path, keys), [delivery(no, "", parts={"text": each}) for no, each in enumerate(locales)])
    assert [post.body["text"] for post in server.posts()] == locales
