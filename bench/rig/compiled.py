"""A copy of the project whose hot modules are native code (setup.py), in build/compiled; made anew when a source has
changed.

    python -m bench.rig.compiled        makes it, and says where it is
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "build" / "compiled"
_PARTS = ("incident", "playbooks", "templates", "tests", "bench", "docs", "setup.cfg", "setup.py", "pyproject.toml")
_PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", "ruff.toml")


class NotCompiled(Exception):
    """There is no compiler, or it failed: the sentence says which."""


def place() -> Path:
    """The root of the compiled copy. Raises NotCompiled."""
    mark, now = PLACE / ".sources", _hash()
    if not mark.is_file() or mark.read_text(encoding="utf-8") != now:
        _make()
        mark.write_text(now, encoding="utf-8")
    return PLACE


def _make() -> None:
    if shutil.which("cc") is None:
        raise NotCompiled("There is no C compiler (cc): the compiled program is not measured.")
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for name in (*_PARTS, *_PAGES):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, PLACE / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, PLACE / name)
    line = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    built = subprocess.run(
        line, cwd=PLACE, env={**os.environ, "INCIDENT_COMPILE": "1"}, capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise NotCompiled(f"The modules could not be compiled: {(built.stdout + built.stderr).strip()[-500:]}")


def _hash() -> str:
    """Of every file that is copied."""
    total = hashlib.sha256()
    for name in (*_PARTS, *_PAGES):
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    print(place())
