"""Importing: 100,000 people, over reading the same file with Python's csv module alone."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = 100_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace, people = Path(folder) / "ws", Path(folder) / "people.csv"
        program = [sys.executable, "-m", "incident"]
        subprocess.run([*program, "init", str(workspace)], check=True, capture_output=True)
        _write(people)
        began = time.perf_counter()
        with people.open(encoding="utf-8", newline="") as file:
            rows = sum(1 for _ in csv.DictReader(file))
        reading = time.perf_counter() - began
        began = time.perf_counter()
        line = [*program, "--workspace", str(workspace), "audience", "import", str(people)]
        subprocess.run(line, check=True, capture_output=True)
        importing = time.perf_counter() - began
    print(f"csv.DictReader      {reading:6.2f} s   1 x   ({rows:,} rows)")
    print(f"audience import     {importing:6.2f} s   {importing / reading:.1f} x")


def _write(people: Path) -> None:
    locales = ("zh-Hans", "zh-Hant", "en")
    with people.open("w", encoding="utf-8") as file:
        file.write("id,name,locale,region,segments,email,phone,push,channels,opt_out\n")
        for number in range(PEOPLE):
            file.write(f"u{number},Name {number},{locales[number % 3]},sh,payment;refund,u{number}@example.com,,,,\n")
