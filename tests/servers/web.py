"""The ground the HTTP servers stand on: a thread, a folder of posts as JSON files, and misbehaviour by script."""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request gets: a status with a JSON body, a closed connection (`drop`), or silence of `delay` seconds."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    delay: float = 0.0
    keep: bool = False
    """Whether the post is kept although the answer says otherwise: a server that works and then breaks."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Any


Script = Callable[[Post], Answer | None]
"""Looks at a request and says how it goes wrong; None lets it pass."""


def at_first(*answers: Answer) -> Script:
    """The first requests get these, in order; all later ones pass."""
    left = deque(answers)
    return lambda post: left.popleft() if left else None


def busy(seconds: int) -> Answer:
    """503 with Retry-After."""
    return Answer(status=503, body={"error": "Back soon"}, headers={"Retry-After": str(seconds)})


class WebServer:
    """A running server. `accept` makes the answer of a good request; `script` may take its place."""

    def __init__(self, folder: Path, accept: Callable[[Post, int], Answer], port: int) -> None:
        self.folder = folder
        self.script: Script | None = None
        self._accept = accept
        self._count = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def answer(self, post: Post) -> Answer:
        with self._lock:
            planned = self.script(post) if self.script else None
            self._count += 1
            answer = planned or self._accept(post, self._count)
            if (planned is None and answer.status < 300) or answer.keep:
                self._keep(post)
        return answer

    def posts(self) -> list[Post]:
        """What was accepted, in order."""
        return [Post(**json.loads(file.read_text("utf-8"))) for file in sorted(self.folder.glob("*.json"))]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _keep(self, post: Post) -> None:
        document = {"path": post.path, "headers": dict(post.headers), "body": post.body}
        text = json.dumps(document, ensure_ascii=False, indent=2)
        (self.folder / f"{self._count:06d}.json").write_text(text, "utf-8")


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            post = Post(path=self.path, headers={k.lower(): v for k, v in self.headers.items()}, body=_read(body))
            self.reply(server.answer(post))

        do_PUT = do_POST

        def reply(self, answer: Answer) -> None:
            time.sleep(answer.delay)
            if answer.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            data = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: what matters is kept as files."""

    return Handler


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


@contextlib.contextmanager
def running(
    folder: Path, accept: Callable[[Post, int], Answer], *, port: int = 0, script: Script | None = None
) -> Iterator[WebServer]:
    """A server in a thread of its own. Port 0 takes a free one."""
    folder.mkdir(parents=True, exist_ok=True)
    server = WebServer(folder, accept, port)
    server.script = script
    server.start()
    try:
        yield server
    finally:
        server.stop()


def options(description: str | None, port: int, folder: str) -> argparse.Namespace:
    """The command line that the servers share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--folder", type=Path, default=Path(folder))
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="the first N requests get 503")
    parser.add_argument("--retry-after", type=int, default=1, metavar="SECONDS")
    parser.add_argument("--drop", type=int, default=0, metavar="N", help="then N connections are dropped")
    return parser.parse_args()


def planned(given: argparse.Namespace) -> Script:
    return at_first(*_plan(given))


def _plan(given: argparse.Namespace) -> Iterable[Answer]:
    return [busy(given.retry_after)] * given.busy + [Answer(drop=True)] * given.drop


def serve(server: contextlib.AbstractContextManager[WebServer]) -> None:
    """Runs until interrupted."""
    with server as running_server, contextlib.suppress(KeyboardInterrupt):
        print(f"listening on 127.0.0.1:{running_server.port}", flush=True)
        threading.Event().wait()
