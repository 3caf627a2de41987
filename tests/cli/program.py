"""Runs the real program in a process of its own, as a person would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one run left: its exit code and both streams."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*args: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ran:
    """`python -m incident ARGS`, away from the developer's own settings and from the repository's folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INCIDENT_")}
    done = subprocess.run(
        [sys.executable, "-m", "incident", *map(str, args)],
        cwd=cwd or "/",
        env={**clean, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(exit=done.returncode, out=done.stdout, err=done.stderr)
