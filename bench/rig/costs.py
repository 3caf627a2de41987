"""Where the time goes: py-spy looks into a process some hundred times a second, native code too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RATE = 400
"""Looks a second; at this rate the process hardly notices."""

NEEDED = "py-spy is missing: .venv/bin/pip install py-spy"


def path() -> str | None:
    """py-spy beside this Python, or anywhere."""
    return shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")


@contextmanager
def watched(pid: int, file: Path) -> Iterator[None]:
    """Samples a process while the block runs, into `file`: a line a stack, `frame;frame;… count`."""
    command = [str(path()), "record", "--pid", str(pid), "--format", "raw", "--output", str(file)]
    options = ["--native", "--rate", str(RATE), "--duration", "unlimited"]
    with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as watcher:
        yield
        watcher.wait(30)


def listing(raw: str, most: int = 30) -> str:
    """The top costs as text: the share of looks in which a function ran itself, and in which it or one below it ran."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] or frame for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            total[frame] += int(count)
    looks = sum(own.values()) or 1
    lines = ["  own  below  function"]
    lines += [f"{count / looks:5.1%} {total[frame] / looks:6.1%}  {frame}" for frame, count in own.most_common(most)]
    lines += ["", "below  function, by all that it calls"]
    lines += [f"{count / looks:6.1%}  {frame}" for frame, count in total.most_common(most)]
    return "\n".join(lines)
