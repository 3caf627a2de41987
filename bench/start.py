"""Starting: light commands over `import click`, medians of interleaved runs."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.rig.report import Report


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args(arguments).rounds
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
        for _ in range(rounds):
            for name, line in lines.items():
                seconds[name].append(_time(line))
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    rows = [
        (name, f"{median * 1000:.0f}", f"{median / medians['import click']:.2f}") for name, median in medians.items()
    ]
    return Report(columns=("command", "ms", "÷ import click"), rows=rows)


def _time(line: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
