"""Starting: light commands over `import click`, medians of interleaved runs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "ws"
        program = [sys.executable, "-m", "incident"]
        subprocess.run([*program, "init", str(workspace)], check=True, capture_output=True)
        lines = {
            "import click": [sys.executable, "-c", "import click"],
            "incident --help": [*program, "--help"],
            "incident list": [*program, "--workspace", str(workspace), "list"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in lines}
        for _ in range(ROUNDS):
            for name, line in lines.items():
                seconds[name].append(_time(line))
    base = statistics.median(seconds["import click"])
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:18} {median * 1000:7.0f} ms   {median / base:4.2f} x")


def _time(line: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    return time.perf_counter() - began
