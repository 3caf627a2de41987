"""Where the mails go: Postfix's `smtp-sink`, or the light server of the tests, each a process on a core of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.rig.cores import TAKER, on
from tests.channel.setup import closed_port

ROOT = Path(__file__).parents[2]
_PATIENCE = 10.0


def sink_path() -> str | None:
    """None before Debian's package postfix is installed."""
    return shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")


@contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's own: C, one process; it offers PIPELINING and no CHUNKING. Yields the port."""
    port = closed_port()
    modest = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    with serving([str(sink_path()), *modest, f"127.0.0.1:{port}", "1000"], port):
        yield port


@contextmanager
def light_sink(*, chunking: bool) -> Iterator[int]:
    """The tests' own: Python; it offers PIPELINING, and CHUNKING if asked."""
    port = closed_port()
    command = [sys.executable, "-m", "tests.servers.fastsink", "--port", str(port)]
    with serving([*command, "--chunking"] if chunking else command, port):
        yield port


@contextmanager
def serving(command: Sequence[str], port: int, core: int = TAKER) -> Iterator[None]:
    """Runs a server on its core until the end of the block; begins when it listens."""
    with on(core):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield
    finally:
        process.kill()
        process.wait()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
