"""Importing 100,000 people ÷ reading the same file with Python's csv module alone."""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.rig.report import Report


def main(arguments: Sequence[str] = ()) -> Report:
    parser = argparse.ArgumentParser(prog="python -m bench.audience", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    count = parser.parse_args(arguments).people
    with tempfile.TemporaryDirectory() as folder:
        workspace, people = Path(folder) / "ws", Path(folder) / "people.csv"
        program = [sys.executable, "-m", "incident"]
        subprocess.run([*program, "init", str(workspace)], check=True, capture_output=True)
        _write(people, count)
        began = time.perf_counter()
        with people.open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == count
        reading = time.perf_counter() - began
        began = time.perf_counter()
        line = [*program, "--workspace", str(workspace), "audience", "import", str(people)]
        subprocess.run(line, check=True, capture_output=True)
        importing = time.perf_counter() - began
    rows = [
        ("csv.DictReader", f"{reading:.2f}", "1"),
        ("incident audience import", f"{importing:.2f}", f"{importing / reading:.1f}"),
    ]
    return Report(columns=(f"{count:,} rows", "s", "÷ csv.DictReader"), rows=rows)


def _write(people: Path, count: int) -> None:
    locales = ("zh-Hans", "zh-Hant", "en")
    with people.open("w", encoding="utf-8") as file:
        file.write("id,name,locale,region,segments,email,phone,push,channels,opt_out\n")
        for number in range(count):
            file.write(f"u{number},Name {number},{locales[number % 3]},sh,payment;refund,u{number}@example.com,,,,\n")


if __name__ == "__main__":
    print(main(sys.argv[1:]).text())
