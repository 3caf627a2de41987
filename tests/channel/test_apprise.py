"""Kind apprise: the truth off the wire instead of Apprise's yes or no."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown
from tests.channel.setup import channel, delivery, one, outcomes
from tests.servers import mastodon, ntfy, robot, web
from tests.servers.web import Answer, WebServer, at_first


@pytest.fixture
def pushes(tmp_path: Path) -> Iterator[WebServer]:
    with ntfy.running(tmp_path / "pushes") as server:
        yield server


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[WebServer]:
    with mastodon.running(tmp_path / "posts") as server:
        yield server


def push(server: WebServer, folder: Path, answer: Answer | None = None, keys: str = "") -> Outcome:
    """One push, answered as told."""
    server.script = at_first(answer) if answer else None
    sending = channel(f'{{kind: apprise, url: "{ntfy.url(server)}"{keys}}}', folder)
    return one(sending, delivery(1, "token-1"))


def kind_of(outcome: Outcome) -> tuple[type[Outcome], str]:
    return type(outcome), getattr(outcome, "reason", "")


STATUSES = [
    (400, Refused, "bad_content"),
    (401, Deferred, "not_authorised"),
    (403, Refused, "not_authorised"),
    (404, Refused, "bad_address"),
    (410, Refused, "bad_address"),
    (413, Refused, "too_large"),
    (302, Refused, "misconfigured"),
    (407, Deferred, "not_authorised"),
    (408, Deferred, "busy"),
    (418, Refused, "rejected"),
    (421, Deferred, "busy"),
    (422, Refused, "bad_content"),
    (425, Deferred, "busy"),
    (429, Deferred, "rate"),
    (500, Deferred, "busy"),
    (503, Deferred, "busy"),
    (501, Refused, "misconfigured"),
    (504, Unknown, "timeout"),
    (505, Refused, "misconfigured"),
]


@pytest.mark.parametrize(("status", "kind", "reason"), STATUSES)
def test_status(pushes: WebServer, tmp_path: Path, status: int, kind: type[Outcome], reason: str) -> None:
    """Apprise calls all of these failure; here each is what it is."""
    assert kind_of(push(pushes, tmp_path, Answer(status=status, headers={"Location": "/"}))) == (kind, reason)
    assert pushes.posts() == []


def test_retry_after(pushes: WebServer, tmp_path: Path) -> None:
    """The server's own time to wait is handed on."""
    outcome = push(pushes, tmp_path, web.busy(90))
    assert outcome == Deferred("busy", "http 503", "Back soon", timedelta(seconds=90))


def test_rate_limit_is_asked_once(pushes: WebServer, tmp_path: Path) -> None:
    """After 429 with a time to wait nobody else of the batch is tried."""
    pushes.script = lambda post: Answer(status=429, headers={"Retry-After": "60"})
    sending = channel(f'{{kind: apprise, workers: 1, url: "{ntfy.url(pushes)}"}}', tmp_path)
    sent = outcomes(sending, [delivery(no, f"t{no}") for no in range(20)])
    assert {(o.reason, o.wait) for o in sent.values()} == {("rate", timedelta(minutes=1))}
    assert pushes._count == 1


def test_dropped_connection_is_unknown(pushes: WebServer, tmp_path: Path) -> None:
    """A request that was handed over and got no answer may have worked."""
    assert kind_of(push(pushes, tmp_path, Answer(drop=True))) == (Unknown, "no_reply")


def test_timeout_is_unknown(pushes: WebServer, tmp_path: Path) -> None:
    """So may one that is answered too late."""
    assert kind_of(push(pushes, tmp_path, Answer(delay=3), ", timeout: 1s")) == (Unknown, "timeout")


@pytest.mark.parametrize("address", ["", "a,b", "a b", "a/b", "../x", "a?b=c", "a&to=x", "ä", "x" * 65])
def test_address_is_data(pushes: WebServer, tmp_path: Path, address: str) -> None:
    """No address can name a second target or change the URL; one that Apprise would drop silently is Refused."""
    sending = channel(f'{{kind: apprise, url: "{ntfy.url(pushes)}"}}', tmp_path)
    assert kind_of(one(sending, delivery(1, address))) == (Refused, "bad_address")
    assert pushes.posts() == []


def test_text_and_link(pushes: WebServer, tmp_path: Path) -> None:
    """Title, body and link arrive as they are, markdown and line ends included, and without Apprise's logo."""
    sending = channel(f'{{kind: apprise, url: "{ntfy.url(pushes)}"}}', tmp_path)
    parts = {"title": "<b>停</b> & *x*", "body": "一\n二 _三_ &amp; {push}", "link": "https://w.example/1"}
    one(sending, delivery(1, "t1", parts=parts, priority="urgent"))
    (post,) = pushes.posts()
    assert post.body == {"topic": "t1", "title": parts["title"], "message": parts["body"]}
    assert post.headers["x-click"] == parts["link"]
    assert post.headers["x-priority"] == "high"
    assert "x-icon" not in post.headers


def test_too_long_is_refused_not_cut(pushes: WebServer, tmp_path: Path) -> None:
    """ntfy would make an attachment of it, silently."""
    sending = channel(f'{{kind: apprise, url: "{ntfy.url(pushes)}"}}', tmp_path)
    outcome = one(sending, delivery(1, "t1", parts={"title": "", "body": "长" * 1400}))
    assert kind_of(outcome) == (Refused, "too_large")
    assert pushes.posts() == []


def test_own_throttle(pushes: WebServer, tmp_path: Path) -> None:
    """Apprise's 5.5 seconds between calls do not apply; the channel's own rate does."""
    sending = channel(f'{{kind: apprise, url: "{ntfy.url(pushes)}", rate: {{per: 1s, most: 4}}}}', tmp_path)
    started = time.monotonic()
    outcomes(sending, [delivery(no, f"t{no}") for no in range(9)])
    assert 2.0 <= time.monotonic() - started < 5.0


def test_mastodon_language_and_key(posts: WebServer, tmp_path: Path) -> None:
    """One post a locale, each with its language, and the key as a header, so that a repetition is recognised."""
    sending = channel(f'{{kind: apprise, url: "{mastodon.url(posts)}"}}', tmp_path, "social")
    assert (sending.reach, sending.address, sending.on_unknown, sending.network) == ("once", "", "resend", "mastodon")
    for _ in range(2):
        for no, locale in enumerate(("zh-Hans", "zh-Hant", "en")):
            assert isinstance(one(sending, delivery(no, "", locale=locale, parts={"text": locale})), Sent)
    statuses = mastodon.statuses(posts)
    assert [status["language"] for status in statuses] == ["zh-CN", "zh-TW", "en"]
    assert {post.headers["idempotency-key"] for post in posts.posts()} == {"b1-0", "b1-1", "b1-2"}
    assert all("Idempotency-Key" not in status for status in statuses)


def test_mastodon_gateway_timeout_is_deferred(posts: WebServer, tmp_path: Path) -> None:
    """Where a repetition is recognised, a gateway that stopped waiting is just a reason to try again."""
    posts.script = at_first(Answer(status=504))
    sending = channel(f'{{kind: apprise, url: "{mastodon.url(posts)}"}}', tmp_path, "social")
    assert kind_of(one(sending, delivery(1, ""))) == (Deferred, "busy")


def test_mastodon_too_long(posts: WebServer, tmp_path: Path) -> None:
    """A text that is too long reaches the server whole, and its refusal comes back; nothing is cut or split."""
    sending = channel(f'{{kind: apprise, url: "{mastodon.url(posts)}"}}', tmp_path, "social")
    outcome = one(sending, delivery(1, "", parts={"text": "长" * 501}))
    assert kind_of(outcome) == (Refused, "bad_content")
    assert "500" in outcome.words
    assert posts.posts() == []


ROBOTS = [
    ("wecombot", "wecom", "wecombot://botkey01", 0, Sent, ""),
    ("wecombot", "wecom", "wecombot://botkey01", 45009, Deferred, "rate"),
    ("wecombot", "wecom", "wecombot://botkey01", 40058, Refused, "too_large"),
    ("wecombot", "wecom", "wecombot://botkey01", 93000, Refused, "misconfigured"),
    ("dingtalk", "dingtalk", "dingtalk://abc12345abc12345", 0, Sent, ""),
    ("dingtalk", "dingtalk", "dingtalk://abc12345abc12345", 130101, Deferred, "rate"),
    ("dingtalk", "dingtalk", "dingtalk://abc12345abc12345", 310000, Refused, "blocked"),
    ("feishu", "feishu", "feishu://abc12345abc12345", 0, Sent, ""),
    ("feishu", "feishu", "feishu://abc12345abc12345", 11232, Deferred, "rate"),
    ("feishu", "feishu", "feishu://abc12345abc12345", 19021, Refused, "not_authorised"),
    ("feishu", "feishu", "feishu://abc12345abc12345", 77777, Refused, "rejected"),
]


@pytest.mark.parametrize(("plugin", "dialect", "url", "code", "kind", "reason"), ROBOTS)
def test_robot(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plugin: str,
    dialect: str,
    url: str,
    code: int,
    kind: type[Outcome],
    reason: str,
) -> None:
    """An error behind HTTP 200 is an error, with the right reason (Apprise says success to all of these)."""
    from apprise.manager_plugins import NotificationManager

    with robot.running(tmp_path / "chat") as server:
        token = "{key}" if plugin == "wecombot" else "{token}"  # where Apprise fills in its own
        there = f"http://127.0.0.1:{server.port}/{dialect}?errcode={code}&x={token}"
        monkeypatch.setattr(NotificationManager()[plugin], "notify_url", there)
        sending = channel(f'{{kind: apprise, medium: chat, url: "{url}"}}', tmp_path, "robot")
        outcome = one(sending, delivery(1, ""))
    assert kind_of(outcome) == (kind, reason)
    if code == 130101:
        assert outcome.wait == timedelta(minutes=10)


def test_captive_portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A robot's 200 without the robot's body is neither yes nor no."""
    from apprise.manager_plugins import NotificationManager

    with web.running(tmp_path / "x", lambda post, count: Answer(body="welcome")) as server:
        monkeypatch.setattr(
            NotificationManager()["dingtalk"], "notify_url", f"http://127.0.0.1:{server.port}/{{token}}"
        )
        sending = channel('{kind: apprise, medium: chat, url: "dingtalk://abc12345abc12345"}', tmp_path, "robot")
        assert kind_of(one(sending, delivery(1, ""))) == (Unknown, "unclear")


@pytest.mark.skipif(find_spec("cryptography") is not None, reason="Apprise finds what it wants for fcm://")
def test_a_package_that_is_missing(tmp_path: Path) -> None:
    """It is named before the night; nobody's address is to blame for it."""
    sending = channel('{kind: apprise, url: "fcm://project/{push}?keyfile=key.json"}', tmp_path)
    (found,) = sending.check()
    assert found.level == "wrong"
    assert "pip install 'cryptography'" in found.message
    assert kind_of(one(sending, delivery(1, "token-1"))) == (Refused, "misconfigured")
