"""docs/benchmarks.md: what was measured, on what, beside what was wanted, and how to repeat it."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.rig.report import FIGURES, Report, markdown_table

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`; do not edit. Seconds belong to the machine, ratios to the program: each peer ran in the same
rounds, against the same server, with mails of the same size.

Measured on {date}, {machine}.

{figures}

Repeat it with `make bench`; a single measurement with `.venv/bin/python -m bench durable`, its options with
`.venv/bin/python -m bench.durable --help`. The peers are installed where that is possible: Debian's package postfix by
root, nodemailer from npm into `bench/.cache/`.
"""


def write(reports: Mapping[str, tuple[str, Report]], page: Path = PAGE) -> None:
    """Writes the page; `reports` by the name of the measurement, each with what its module says of itself."""
    cells = [figure.cells() for _, report in reports.values() for figure in report.figures]
    figures = markdown_table(FIGURES, cells) if cells else "No figure was measured."
    head = HEAD.format(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine(), figures=figures)
    sections = [_section(name, words, report) for name, (words, report) in reports.items()]
    page.write_text("\n".join([head, *sections]), encoding="utf-8")


def _section(name: str, words: str, report: Report) -> str:
    title, _, rest = words.strip().partition("\n")
    return "\n\n".join(part for part in (f"## {name}: {title}", rest.strip(), report.markdown()) if part) + "\n"


def machine() -> str:
    """What it ran on, without a name."""
    cores = len(os.sched_getaffinity(0))
    model = _processor()
    return (
        f"{cores} cores{f' ({model})' if model else ''}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.release()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
