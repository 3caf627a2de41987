"""The truth behind HTTP 200: services that report their errors in the body, and what these mean.

Three habits: a number or a word with success among its values (`DIALECTS`), an id that only a message that was taken
has (`EVIDENCE`), and a bare sentence (Teams). What has none of its service's signs is no answer of this service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where a service puts its code and its words, which code is success, and what the others mean. Where `code` only
    says yes or no, `error` is where the error's own code stands."""

    code: tuple[str, ...]
    words: tuple[str, ...]
    success: int | bool
    error: tuple[str, ...] = ()
    refused: Mapping[int | str, str] = field(default_factory=dict)
    deferred: Mapping[int | str, tuple[str, timedelta | None]] = field(default_factory=dict)


DIALECTS: Mapping[str, Dialect] = {
    "wecom": Dialect(  # work.weixin.qq.com/document/path/90313 and 91770
        code=("errcode",),
        words=("errmsg",),
        success=0,
        refused={
            40008: "bad_content",
            40058: "too_large",
            44004: "bad_content",
            45002: "too_large",
            93000: "misconfigured",
        },
        deferred={-1: ("busy", None), 45009: ("rate", _MINUTE), 45033: ("rate", _MINUTE)},
    ),
    "dingtalk": Dialect(  # open.dingtalk.com, custom robot: 20 a minute, then blocked for ten
        code=("errcode",),
        words=("errmsg",),
        success=0,
        refused={
            300001: "not_authorised",
            300005: "not_authorised",
            310000: "blocked",  # the robot's guard: keyword, signature or IP address
            400013: "misconfigured",
            40035: "bad_content",
            460101: "too_large",
        },
        deferred={-1: ("busy", None), 130101: ("rate", 10 * _MINUTE), 410100: ("rate", 10 * _MINUTE)},
    ),
    "feishu": Dialect(  # open.larkoffice.com, custom bot
        code=("code", "StatusCode"),
        words=("msg", "StatusMessage"),
        success=0,
        refused={
            9499: "bad_content",
            19001: "misconfigured",
            19002: "bad_content",
            19021: "not_authorised",
            19022: "blocked",  # IP address
            19024: "blocked",  # keyword
            11246: "too_large",
        },
        deferred={11232: ("rate", _MINUTE), 99991400: ("rate", _MINUTE)},
    ),
    "serverchan": Dialect(  # sct.ftqq.com
        code=("code", "errno"),
        words=("message", "error", "info"),
        success=0,
        refused={40001: "not_authorised", 20001: "not_authorised"},
        deferred={40002: ("rate", _MINUTE)},
    ),
    "bark": Dialect(  # github.com/Finb/bark-server
        code=("code",),
        words=("message",),
        success=200,
        refused={400: "bad_address", 404: "bad_address", 413: "too_large"},
        deferred={429: ("rate", _MINUTE), 500: ("busy", None)},
    ),
    "slack": Dialect(  # api.slack.com/methods/chat.postMessage; an incoming webhook says `ok` and uses HTTP's status
        code=("ok",),
        words=("error",),
        success=True,
        error=("error",),
        refused={
            **dict.fromkeys(("not_authed", "invalid_auth", "account_inactive", "token_revoked"), "not_authorised"),
            **dict.fromkeys(("token_expired", "missing_scope", "no_permission"), "not_authorised"),
            **dict.fromkeys(("channel_not_found", "not_in_channel", "is_archived"), "misconfigured"),
            **dict.fromkeys(("no_text", "invalid_blocks", "invalid_arguments"), "bad_content"),
            "msg_too_long": "too_large",
            "restricted_action": "blocked",
        },
        deferred={
            **dict.fromkeys(("ratelimited", "rate_limited"), ("rate", _MINUTE)),
            **dict.fromkeys(("internal_error", "fatal_error", "service_unavailable"), ("busy", None)),
            **dict.fromkeys(("request_timeout", "team_added_to_org"), ("busy", None)),
        },
    ),
    "telegram": Dialect(  # core.telegram.org/bots/api#making-requests
        code=("ok",),
        words=("description",),
        success=True,
        error=("error_code",),
        refused={400: "bad_content", 401: "not_authorised", 403: "blocked", 404: "misconfigured"},
        deferred={429: ("rate", _MINUTE), 500: ("busy", None), 502: ("busy", None)},
    ),
    "pushdeer": Dialect(code=("code",), words=("error",), success=0),  # github.com/easychen/pushdeer
    "synology": Dialect(code=("success",), words=("error",), success=True),  # kb.synology.com, Chat integration
}

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "ntfy": ("id",),  # docs.ntfy.sh/subscribe/api, JSON message format
    "gotify": ("id",),  # gotify.net/api-docs, POST /message
    "mastodon": ("id",),  # docs.joinmastodon.org/methods/statuses
    "bluesky": ("uri",),  # docs.bsky.app, com.atproto.repo.createRecord
    "discord": ("id",),  # docs.discord.com/developers/resources/webhook, with wait=true
    "fcm": ("name", "message_id"),  # firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
    "onesignal": ("id",),  # documentation.onesignal.com: an empty `id` means that nobody was reached
}
"""What a message that was taken has in its answer."""

NAMES = (*DIALECTS, *EVIDENCE, "teams")


def judge(dialect: str, body: Any, text: str) -> Outcome:
    """What a body behind HTTP 2xx says (parsed JSON or None, and as it is):

    1. an id that only a message that was taken has: Sent; errors beside its absence: Refused;
    2. the success code is Sent, a listed one what the list says, any other Refused;
    3. a body without the service's signs is neither (a captive portal answers 200 too): Unknown.
    """
    if dialect == "teams":
        return _teams(text)
    if dialect == "slack" and text.strip() == "ok":
        return Sent("", "ok")
    if dialect == "discord" and not text:
        return Sent("", "")  # 204: posted without wait=true
    if not isinstance(body, dict):
        return Unknown("unclear", "", "The answer is not JSON.")
    return _evident(dialect, body) if dialect in EVIDENCE else _coded(DIALECTS[dialect], body)


def _coded(known: Dialect, body: Mapping[str, Any]) -> Outcome:
    said = _first(body, known.code)
    words = str(_first(body, known.words) or "")
    if not isinstance(said, int):
        return Unknown("unclear", "", f"The answer has no {known.code[0]}.")
    if said is known.success or (said == known.success and not isinstance(said, bool)):
        return Sent(f"{known.code[0]} {said}", words)
    name, code = (known.error[0], _first(body, known.error)) if known.error else (known.code[0], said)
    code = code if isinstance(code, int | str) else ""
    if code in known.deferred:
        reason, wait = known.deferred[code]
        return Deferred(reason, f"{name} {code}", words, wait)
    return Refused(known.refused.get(code, "rejected"), f"{name} {code}", words)


def _evident(dialect: str, body: Mapping[str, Any]) -> Outcome:
    found = _first(body, EVIDENCE[dialect])
    if found:
        return Sent("", f"id {found}")
    errors = str(body.get("errors") or body.get("error") or "")
    if not errors:
        return Unknown("unclear", "", f"The answer has no {EVIDENCE[dialect][0]}.")
    nobody = any(sign in errors for sign in ("not subscribed", "invalid_player_ids", "invalid_aliases"))
    return Refused("bad_address" if nobody else "rejected", "", errors)


def _teams(text: str) -> Outcome:
    """learn.microsoft.com, connectors for Teams: `1`, or nothing from a workflow, is success; a failure is told in a
    sentence with the HTTP status of the server behind."""
    said = text.strip()
    if said in ("", "1"):
        return Sent("", said)
    behind = re.search(r"HTTP error (\d{3})", said)
    if behind is None:
        return Unknown("unclear", "", said)
    status = int(behind[1])
    code = f"error {status}"
    if status == 429:
        return Deferred("rate", code, said, _MINUTE)
    if status >= 500:
        return Deferred("busy", code, said)
    return Refused("too_large" if status == 413 else "rejected", code, said)


def _first(body: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((body[key] for key in keys if body.get(key) is not None), None)
