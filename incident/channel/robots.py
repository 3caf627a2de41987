"""The truth behind HTTP 200: services that report their errors in the body, and what their numbers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident.channel.port import Deferred, Outcome, Refused, Sent, Unknown

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where a service puts its code and its words, which code is success, and what the others mean."""

    code: tuple[str, ...]
    words: tuple[str, ...]
    success: int
    refused: Mapping[int, str]
    deferred: Mapping[int, tuple[str, timedelta | None]]


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
}


def judge(dialect: str, body: Any) -> Outcome:
    """What a body (parsed JSON, or None) behind HTTP 2xx says:

    1. OneSignal: accepted only with a notification id; otherwise it lists what is wrong;
    2. the others: the success code is Sent, a listed one what the list says, any other Refused;
    3. a body without a code is neither (a captive portal answers 200 too): Unknown.
    """
    if not isinstance(body, dict):
        return Unknown("unclear", "", "The answer is not JSON.")
    if dialect == "onesignal":
        return _onesignal(body)
    known = DIALECTS[dialect]
    code = _first(body, known.code)
    words = str(_first(body, known.words) or "")
    if not isinstance(code, int):
        return Unknown("unclear", "", f"The answer has no {known.code[0]}.")
    if code == known.success:
        return Sent(f"{known.code[0]} {code}", words)
    if code in known.deferred:
        reason, wait = known.deferred[code]
        return Deferred(reason, f"{known.code[0]} {code}", words, wait)
    return Refused(known.refused.get(code, "rejected"), f"{known.code[0]} {code}", words)


def _onesignal(body: Mapping[str, Any]) -> Outcome:
    """documentation.onesignal.com: an empty `id` means that nobody was reached; `errors` says why."""
    if body.get("id"):
        return Sent("", "")
    errors = str(body.get("errors") or "")
    nobody = any(sign in errors for sign in ("not subscribed", "invalid_player_ids", "invalid_aliases"))
    return Refused("bad_address" if nobody else "rejected", "", errors)


def _first(body: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((body[key] for key in keys if body.get(key) is not None), None)
