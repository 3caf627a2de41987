"""A server on loopback that speaks ntfy's publishing API (docs.ntfy.sh/publish, JSON form).

python -m tests.servers.ntfy --port 8080 --folder pushes --busy 1 --retry-after 2
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path

from tests.servers import web
from tests.servers.web import Answer, Post, Script, WebServer


def accept(post: Post, count: int) -> Answer:
    """A message of at most 4,096 bytes to a topic is stored; everything else is what ntfy answers."""
    body = post.body if isinstance(post.body, dict) else {}
    topic = str(body.get("topic", ""))
    if not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", topic):
        return Answer(status=400, body={"code": 40009, "http": 400, "error": "invalid request: topic invalid"})
    if len(str(body.get("message", "")).encode()) > 4096:
        return Answer(status=413, body={"code": 41301, "http": 413, "error": "attachment too large"})
    stored = {"id": f"m{count}", "time": 0, "event": "message", "topic": topic, "message": body.get("message")}
    return Answer(body=stored)


def running(folder: Path, *, port: int = 0, script: Script | None = None) -> AbstractContextManager[WebServer]:
    return web.running(folder, accept, port=port, script=script)


def url(server: WebServer) -> str:
    return f"ntfy://127.0.0.1:{server.port}/{{push}}"


def topics(server: WebServer) -> list[str]:
    return [post.body["topic"] for post in server.posts()]


if __name__ == "__main__":
    given = web.options(__doc__, 8080, "pushes")
    web.serve(running(given.folder, port=given.port, script=web.planned(given)))
