"""Reads the docstring of a Python file as text: help must not cost an import."""

from __future__ import annotations

import re
from pathlib import Path

_DOCSTRING = re.compile(r'\A(?:\s|#[^\n]*\n)*"""(.*?)"""', re.DOTALL)
_HEAD = 4096  # bytes; a longer docstring is cut, which only the long help would show


def docstring(file: Path) -> str:
    """The module docstring of `file`, or '' when there is none."""
    with file.open(encoding="utf-8") as stream:
        match = _DOCSTRING.match(stream.read(_HEAD))
    return match[1].strip() if match else ""


def first_sentence(file: Path) -> str:
    """The docstring's first line without its full stop: the short help."""
    return docstring(file).partition("\n")[0].rstrip(".")
