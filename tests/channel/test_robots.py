"""Each service's yes and no behind HTTP 200: which sign says yes, and what its errors mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from incident.channel import reply, robots, services
from incident.channel.port import Outcome
from incident.channel.reply import Reply

NOW = datetime(2026, 3, 14, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def heard(dialect: str, body: object, status: int = 200) -> Outcome:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return reply.judge(Reply(status=status, body=written), NOW, dialect=dialect)


def short(outcome: Outcome) -> tuple[str, str]:
    return type(outcome).__name__, getattr(outcome, "reason", "")


YES = {
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"code": 0, "msg": "success", "data": {}},
    "serverchan": {"code": 0, "message": "", "data": {"pushid": "1"}},
    "bark": {"code": 200, "message": "success", "timestamp": 1},
    "slack": {"ok": True, "channel": "C1", "ts": "1.2"},
    "telegram": {"ok": True, "result": {"message_id": 1}},
    "pushdeer": {"code": 0, "content": {"result": []}},
    "synology": {"success": True},
    "ntfy": {"id": "m1", "event": "message", "topic": "t"},
    "gotify": {"id": 7, "appid": 1, "message": "x"},
    "mastodon": {"id": "103", "content": "x"},
    "bluesky": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"},
    "discord": {"id": "9", "channel_id": "1"},
    "fcm": {"name": "projects/p/messages/0:1"},
    "onesignal": {"id": "b98881cc", "external_id": None},
    "teams": b"1",
}
NO = [
    ("wecom", {"errcode": 45009, "errmsg": "freq out of limit"}, "Deferred", "rate"),
    ("wecom", {"errcode": 40058, "errmsg": "too long"}, "Refused", "too_large"),
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "Refused", "misconfigured"),
    ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, "Deferred", "rate"),
    ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, "Refused", "blocked"),
    ("dingtalk", {"errcode": -1, "errmsg": "system busy"}, "Deferred", "busy"),
    ("feishu", {"code": 11232, "msg": "frequency limited"}, "Deferred", "rate"),
    ("feishu", {"StatusCode": 19024, "StatusMessage": "Key Words Not Found"}, "Refused", "blocked"),
    ("serverchan", {"code": 40001, "message": "bad sendkey"}, "Refused", "not_authorised"),
    ("serverchan", {"code": 40002, "message": "too many"}, "Deferred", "rate"),
    ("bark", {"code": 400, "message": "failed to get device token"}, "Refused", "bad_address"),
    ("bark", {"code": 500, "message": "push failed"}, "Deferred", "busy"),
    ("slack", {"ok": False, "error": "ratelimited"}, "Deferred", "rate"),
    ("slack", {"ok": False, "error": "invalid_auth"}, "Refused", "not_authorised"),
    ("slack", {"ok": False, "error": "channel_not_found"}, "Refused", "misconfigured"),
    ("slack", {"ok": False, "error": "msg_too_long"}, "Refused", "too_large"),
    ("slack", {"ok": False, "error": "something_new"}, "Refused", "rejected"),
    ("slack", {"ok": False, "error": ["no word"]}, "Refused", "rejected"),
    ("telegram", {"ok": False, "error_code": 429, "description": "Too Many Requests"}, "Deferred", "rate"),
    ("telegram", {"ok": False, "error_code": 403, "description": "bot was blocked"}, "Refused", "blocked"),
    ("pushdeer", {"code": 80403, "error": "no key"}, "Refused", "rejected"),
    ("synology", {"success": False, "error": {"code": 404}}, "Refused", "rejected"),
    ("onesignal", {"id": "", "errors": ["All included players are not subscribed"]}, "Refused", "bad_address"),
    ("onesignal", {"errors": ["Message Notifications must have content"]}, "Refused", "rejected"),
    ("teams", b"Webhook message delivery failed with error: endpoint returned HTTP error 429", "Deferred", "rate"),
    ("teams", b"Webhook message delivery failed with error: endpoint returned HTTP error 502", "Deferred", "busy"),
    ("teams", b"Webhook message delivery failed with error: endpoint returned HTTP error 413", "Refused", "too_large"),
    ("teams", b"Webhook message delivery failed with error: endpoint returned HTTP error 400", "Refused", "rejected"),
]


@pytest.mark.parametrize("dialect", robots.NAMES)
def test_yes(dialect: str) -> None:
    """Each service's own yes is accepted."""
    assert short(heard(dialect, YES[dialect])) == ("Sent", "")


@pytest.mark.parametrize(("dialect", "body", "kind", "reason"), NO)
def test_no(dialect: str, body: object, kind: str, reason: str) -> None:
    """A no behind HTTP 200 is a no, for now or for good."""
    assert short(heard(dialect, body)) == (kind, reason)


@pytest.mark.parametrize("dialect", robots.NAMES)
@pytest.mark.parametrize("body", [b"<html>Please log in</html>", b"{}", b"[1]", b'{"id"', b"[" * 9000, b"welcome"])
def test_neither(dialect: str, body: bytes) -> None:
    """What has no sign of the service is neither: a captive portal answers 200 to everything."""
    assert short(heard(dialect, body)) == ("Unknown", "unclear")


@pytest.mark.parametrize(("dialect", "body"), [("discord", b""), ("teams", b""), ("slack", b"ok")])
def test_yes_without_many_words(dialect: str, body: bytes) -> None:
    """Discord without `wait`, a workflow of Teams, and Slack's incoming webhook say little."""
    assert short(heard(dialect, body)) == ("Sent", "")


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}, timedelta(seconds=35)),
        ({"message": "You are being rate limited.", "retry_after": 64.57, "global": False}, timedelta(seconds=64.57)),
        ({"retry_after": [1]}, None),
    ],
)
def test_time_in_the_body(body: object, wait: timedelta | None) -> None:
    """Telegram and Discord name the time in the body."""
    outcome = heard("", body, status=429)
    assert short(outcome) == ("Deferred", "rate")
    assert getattr(outcome, "wait", None) == wait


def test_words_of_google() -> None:
    """The message inside `error` is what a person reads; a token that is gone is the address's fault."""
    body = {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
    outcome = heard("fcm", body, status=404)
    assert short(outcome) == ("Refused", "bad_address")
    assert "Requested entity was not found." in outcome.words


def test_forbidden_for_a_while() -> None:
    """403 with a time to come back is a rate; without one it is final."""
    assert short(reply.judge(Reply(status=403, headers={"retry-after": "60"}), NOW)) == ("Deferred", "rate")
    assert short(reply.judge(Reply(status=403), NOW)) == ("Refused", "not_authorised")


@pytest.mark.parametrize("schemas", services.known())
def test_services_are_known_to_apprise(schemas: tuple[str, ...]) -> None:
    """Each schema in the table exists; each dialect has a rule; each says where its rate is from."""
    from apprise import Apprise
    from apprise.manager_plugins import NotificationManager

    Apprise()
    assert set(schemas) <= set(NotificationManager().schemas())
    found = services.service(schemas[0])
    assert found.dialect in ("", *robots.NAMES)
    assert found.source
