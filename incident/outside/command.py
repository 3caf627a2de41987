"""A command: no shell, a minimal environment, a process group of its own that ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

from incident.outside import secrecy
from incident.outside.request import Command, Outcome

_KEPT = 1024 * 1024
"""Bytes of output that are held while it runs; the rest is read and dropped, so that it never waits for us."""

_LOOK_SECONDS = 0.02
_GIVE_UP_SECONDS = 2.0
"""How long a process group has between being asked to end and being killed."""


def do(command: Command, stopped: Callable[[], bool]) -> Outcome:
    """Runs it to its end, or to the end of its time: then its whole process group is ended."""
    hidden = (*command.secrets, *(os.environ.get(name, "") for name in command.passed))
    try:
        process = subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(command),
            start_new_session=True,
            close_fds=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        words = secrecy.text(f"{command.argv[0]} cannot be run: {why}".encode(), hidden)
        return Outcome(state="failed", code="exit_code", words=words, outputs={"exit_code": None, "output": ""})
    out, err = _Pipe(process.stdout), _Pipe(process.stderr)
    _feed(process.stdin, command.stdin)
    ended = _wait(process, command.seconds, stopped)
    _end_group(process)
    return _outcome(command, process, out.read(), err.read(), hidden, ended)


def _environment(command: Command) -> Mapping[str, str]:
    """PATH and HOME as the worker has them, a fixed language, and what was declared; nothing else of the worker's."""
    own = {name: os.environ[name] for name in ("PATH", "HOME", *command.passed) if name in os.environ}
    return {"LANG": "C.UTF-8", **own, **command.env, "INCIDENT_KEY": command.key}


class _Pipe:
    """Reads a pipe to its end in a thread of its own; keeps the beginning and counts the rest."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        assert self._pipe is not None
        while part := os.read(self._pipe.fileno(), 65536):
            self._kept += part[: max(0, _KEPT - len(self._kept))]

    def read(self) -> bytes:
        """What it has held so far, once the pipe is closed: a process that has left the group may keep it open."""
        self._thread.join(_GIVE_UP_SECONDS)
        if not self._thread.is_alive() and self._pipe is not None:
            self._pipe.close()
        return bytes(self._kept)


def _feed(pipe: IO[bytes] | None, text: str) -> None:
    """In a thread: a command that reads nothing must not keep us waiting."""
    if pipe is None:
        return

    def write() -> None:
        try:
            with pipe:
                pipe.write(text.encode())
        except OSError:
            return  # it has closed its end: it wanted no more

    threading.Thread(target=write, daemon=True).start()


def _wait(process: subprocess.Popen[bytes], seconds: float, stopped: Callable[[], bool]) -> str:
    """'' when it ended by itself, else `timeout` or `stopped`."""
    give_up = time.monotonic() + seconds
    while process.poll() is None:
        if stopped():
            return "stopped"
        if time.monotonic() >= give_up:
            return "timeout"
        time.sleep(_LOOK_SECONDS)
    return ""


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Nothing that it started lives on: asked first, then killed."""
    if process.poll() is not None:
        _signal(process, signal.SIGKILL)
        return
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GIVE_UP_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _outcome(
    command: Command, process: subprocess.Popen[bytes], out: bytes, err: bytes, hidden: tuple[str, ...], ended: str
) -> Outcome:
    outputs: dict[str, Any] = {"exit_code": process.returncode, "output": secrecy.text(out, hidden)}
    errors = secrecy.text(err, hidden, secrecy.LONGEST // 4)
    if errors:
        outputs["errors"] = errors
    name = os.path.basename(command.argv[0])
    if ended == "stopped":
        return Outcome(state="lost", words=f"{name} was ended: its worker has lost it", outputs=outputs)
    if ended == "timeout":
        words = f"{name} was ended after {command.seconds:g} s"
        return Outcome(state="failed", code="timeout", words=words, outputs=outputs)
    if process.returncode not in command.ok:
        said = secrecy.last_line(errors) or secrecy.last_line(outputs["output"])
        how = f"ended with {process.returncode}" if process.returncode >= 0 else f"died of signal {-process.returncode}"
        words = f"{name} {how}" + (f": {said}" if said else "")
        return Outcome(state="failed", code="exit_code", words=words, outputs=outputs)
    if command.format == "json":
        try:
            outputs["json"] = secrecy.parsed(out, hidden)
        except ValueError as error:
            words = f"{name} has not printed JSON: {error}"
            return Outcome(state="failed", code="output", words=words, outputs=outputs)
    return Outcome(state="ok", outputs=outputs)
