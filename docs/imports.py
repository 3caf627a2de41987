"""What importing each dependency costs, in ms over an empty Python: `python -m docs.imports`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import click

MODULES = (
    "click",
    "yaml",
    "aiosql",
    "jinja2",
    "babel.dates",
    "regex",
    "tenacity",
    "apprise",
    "rich.console",
    "psycopg",
    "paho.mqtt.client",
    "pyotp",
    "segno",
    "icalendar",
    "recurring_ical_events",
)
_ROUNDS = 5


def seconds(statement: str) -> float:
    """How long a process takes that does this and nothing else."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def cost(module: str) -> float:
    """Milliseconds; empty and importing processes alternate, so that noise meets both alike."""
    rounds = [seconds(f"import {module}") - seconds("pass") for _ in range(_ROUNDS)]
    return statistics.median(rounds) * 1000


def main() -> None:
    for module in MODULES:
        try:
            click.echo(f"{module:<20}{cost(module):6.0f} ms")
        except subprocess.CalledProcessError:
            click.echo(f"{module:<20}not installed")


if __name__ == "__main__":
    main()
