"""Many deliveries in one POST, and the reply that tells of each. Pure.

What is asked of the other side is small: for each message of the batch, a status with HTTP's meaning.

    {"results": [{"key": "b1.7", "status": 202, "id": "m-93"}, {"key": "b1.8", "status": 410, "error": "token is gone"},
                 {"key": "b1.9", "status": 429, "retry_after": 30}]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incident.channel import reply
from incident.channel.port import Outcome, Sent, Unknown
from incident.channel.reply import Reply

SCHEMA = "incident.batch/v1"
MOST = 1000
"""Messages in one POST at most: what one broken connection can make unknown."""

_RESULT_BYTES = 1024  # room for one result in a reply


def join(messages: Sequence[bytes], *, bare: bool) -> bytes:
    """The JSON of several messages as one document: a list of them, `bare` when they have a shape of their own."""
    several = b"[" + b",".join(messages) + b"]"
    return several if bare else b'{"schema":"' + SCHEMA.encode() + b'","messages":' + several + b"}"


def longest_reply(count: int, least: int) -> int:
    """Bytes that a reply about `count` messages may have."""
    return least + count * _RESULT_BYTES


def identity(keys: Sequence[str]) -> str:
    """The batch's Idempotency-Key: the same for the same messages, another one for any others. (A receiver may refuse
    a known key with another body: draft-ietf-httpapi-idempotency-key-header.)"""
    return keys[0] if len(keys) == 1 else hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]


def judge(answer: Reply, keys: Sequence[str], now: datetime) -> list[Outcome]:
    """One outcome a key, in their order:

    1. a status other than 2xx speaks of the whole batch;
    2. 202 and 204 without a body accept the whole batch, because that is what they mean;
    3. a result speaks of the message with its `key`; results without keys, as many as messages, go by position;
    4. its `status` is judged as if the message had been posted alone, with `retry_after` as Retry-After;
    5. a message without a result, with two, or with one that has no status, is Unknown: so is a whole batch whose
       answer is no such document (a captive portal answers 200 too).
    """
    whole = reply.judge(answer, now, personal=False)
    if not isinstance(whole, Sent):
        return [whole] * len(keys)
    if answer.status in (202, 204) and not answer.body.strip():
        return [whole] * len(keys)
    told = _told(answer.body, keys)
    return [_one(told.get(key), answer.status, now) for key in keys]


def _told(body: bytes, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Results by key. What is told twice is not told."""
    results = _results(body)
    if len(results) == len(keys) and not any("key" in result for result in results):
        return dict(zip(keys, results, strict=True))
    told: dict[str, Mapping[str, Any]] = {}
    for result in results:
        key = result.get("key")
        if isinstance(key, str):
            told[key] = {} if key in told else result
    return told


def _results(body: bytes) -> list[Mapping[str, Any]]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = parsed.get("results") if isinstance(parsed, dict) else parsed
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else []


def _one(result: Mapping[str, Any] | None, status: int, now: datetime) -> Outcome:
    if result is None:
        return Unknown("unclear", f"http {status}", "The answer does not tell of this message.")
    told = result.get("status")
    if not isinstance(told, int) or not 200 <= told < 600:
        return Unknown("unclear", f"http {status}", "The answer has no status for this message.")
    if told < 300:
        return Sent(f"http {told}", reply.reference(result))
    headers = {"retry-after": str(result["retry_after"])} if "retry_after" in result else {}
    return reply.judge(Reply(status=told, headers=headers, body=json.dumps(result).encode()), now)
