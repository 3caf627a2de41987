"""A server on loopback that answers like the robots of WeCom, DingTalk and Feishu: always 200, errors in the body.

    python -m tests.servers.robot --port 9100 --folder chat

The path chooses the dialect: /wecom, /dingtalk, /feishu, with `?errcode=N` the error to answer.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.servers import web
from tests.servers.web import Answer, Post, Script, WebServer


def body(dialect: str, code: int, words: str) -> Any:
    """An answer in the words of one service."""
    if dialect == "feishu":
        return {"code": code, "msg": words, "data": {}}
    return {"errcode": code, "errmsg": words}


def error(dialect: str, code: int, words: str = "no") -> Answer:
    return Answer(status=200, body=body(dialect, code, words))


def accept(post: Post, count: int) -> Answer:
    dialect = post.path.strip("/").split("/")[0].split("?")[0]
    asked = re.search(r"errcode=(-?\d+)", post.path)
    code = int(asked[1]) if asked else 0
    return Answer(body=body(dialect, code, "no" if code else "ok"))


def running(folder: Path, *, port: int = 0, script: Script | None = None) -> AbstractContextManager[WebServer]:
    return web.running(folder, accept, port=port, script=script)


if __name__ == "__main__":
    given = web.options(__doc__, 9100, "chat")
    web.serve(running(given.folder, port=given.port, script=web.planned(given)))
