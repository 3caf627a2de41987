"""A server on loopback that speaks Mastodon's POST /api/v1/statuses (docs.joinmastodon.org/methods/statuses).

    python -m tests.servers.mastodon --port 9000 --folder posts --busy 1

As the real one it wants a token, takes 500 characters (a link counts 23), and answers a repeated Idempotency-Key
with the first status instead of posting again.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.servers import web
from tests.servers.web import Answer, Post, Script, WebServer

TOKEN = "token"


class Statuses:
    """The statuses of one server, by Idempotency-Key."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, Any]] = {}

    def accept(self, post: Post, count: int) -> Answer:
        if post.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(status=401, body={"error": "The access token is invalid"})
        text = str(post.body.get("status", "")) if isinstance(post.body, dict) else ""
        if post.path != "/api/v1/statuses" or not text:
            return Answer(status=404, body={"error": "Record not found"})
        if len(re.sub(r"https?://\S+", "x" * 23, text)) > 500:
            error = "Validation failed: Text character limit of 500 exceeded"
            return Answer(status=422, body={"error": error})
        key = post.headers.get("idempotency-key", "")
        status = {
            "id": str(count),
            "content": text,
            "language": post.body.get("language"),
            "account": {"username": "w"},
        }
        if key in self.seen:
            return Answer(status=200, body=self.seen[key], keep=False, headers={"X-Repeated": "yes"})
        if key:
            self.seen[key] = status
        return Answer(status=200, body=status)


def running(folder: Path, *, port: int = 0, script: Script | None = None) -> AbstractContextManager[WebServer]:
    return web.running(folder, Statuses().accept, port=port, script=script)


def url(server: WebServer) -> str:
    return f"mastodon://{TOKEN}@127.0.0.1:{server.port}"


def statuses(server: WebServer) -> list[dict[str, Any]]:
    """What stands on the time line, in order: each key once."""
    shown: dict[str, dict[str, Any]] = {}
    for number, post in enumerate(server.posts()):
        shown.setdefault(post.headers.get("idempotency-key") or str(number), post.body)
    return list(shown.values())


if __name__ == "__main__":
    given = web.options(__doc__, 9000, "posts")
    web.serve(running(given.folder, port=given.port, script=web.planned(given)))
