"""A folder is a registry: the file's name is the name people write in YAML."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def names(package: str) -> tuple[str, ...]:
    """The plug-ins in a package, sorted, without importing one. A file that begins with `_` is none."""
    folder = Path(importlib.import_module(package).__path__[0])
    return tuple(sorted(f.stem for f in folder.glob("*.py") if not f.stem.startswith("_")))


@cache
def load(package: str, name: str) -> ModuleType:
    """The module of one plug-in. Raises KeyError for a name that is not in the folder."""
    if name not in names(package):
        raise KeyError(name)
    return importlib.import_module(f"{package}.{name}")


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence's end that helps whoever mistyped: ` Did you mean 'update'?`, or the known names."""
    import difflib  # only on the way to an error

    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"Known: {', '.join(known)}." if known else "None is defined."
