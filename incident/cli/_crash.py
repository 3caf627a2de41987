"""The report of a crash: a file that can be sent to the developers, with addresses and secrets masked."""

from __future__ import annotations

import os
import platform
import re
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import incident
from incident.errors import NoWorkspace
from incident.now import iso, system_clock
from incident.settings import FILE, find_workspace

_URL = re.compile(r"\b([a-z][a-z0-9+.-]*)://[^\s'\"<>]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s'\"<>()\[\],;:]+@[^\s'\"<>()\[\],;:]+")
_LONG_NUMBER = re.compile(r"\+?\d[\d -]{6,}\d")
_REFERENCE = re.compile(r"\b(env|file):([^\s'\"#,}]+)")
_VALUE = re.compile(r"^(--[a-z-]+=).*", re.DOTALL)


def write_report(error: BaseException, argv: Sequence[str], environ: Mapping[str, str]) -> Path:
    """Writes the traceback into the workspace's `crashes/`, else into the temporary folder; returns the file."""
    workspace = _workspace(argv, environ)
    now = system_clock()
    text = "\n".join(
        [
            f"incident {incident.__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"{iso(now)}  incident {' '.join(_without_values(argv))}",
            "",
            masked_traceback(error, _secrets(workspace, environ)),
        ]
    )
    name = f"crash-{now:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in [*([workspace / "crashes"] if workspace else []), Path(tempfile.gettempdir())]:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            file = folder / name
            file.touch(mode=0o600, exist_ok=False)
            file.write_text(text, encoding="utf-8")
            return file
        except OSError:
            continue
    return Path(os.devnull)


def masked_traceback(error: BaseException, secrets: Sequence[str] = ()) -> str:
    """The traceback as text, without what could be an address, a telephone number, a URL or a known secret."""
    return masked("".join(traceback.format_exception(error)), secrets)


def masked(text: str, secrets: Sequence[str] = ()) -> str:
    """`text` with each known secret, URL, e-mail address and long number struck out; longest secrets first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    text = _URL.sub(r"\1://***", text)
    text = _EMAIL.sub("***@***", text)
    return _LONG_NUMBER.sub("***", text)


def _without_values(argv: Sequence[str]) -> Iterator[str]:
    """The options and the first words of a line: arguments may hold texts and addresses."""
    for position, word in enumerate(argv):
        if word.startswith("--"):
            yield _VALUE.sub(r"\1***", word)
        else:
            yield word if position < 2 and word.replace("-", "").isalpha() else "***"


def _workspace(argv: Sequence[str], environ: Mapping[str, str]) -> Path | None:
    given = next((following for word, following in pairwise(argv) if word == "--workspace"), None)
    try:
        return find_workspace(given, environ, Path.cwd())
    except (NoWorkspace, OSError):
        return None


def _secrets(workspace: Path | None, environ: Mapping[str, str]) -> list[str]:
    """The values of the references in incident.yaml; short ones are left, they would strike out ordinary words."""
    try:
        text = (workspace / FILE).read_text(encoding="utf-8") if workspace else ""
    except (OSError, UnicodeDecodeError):
        return []
    values = []
    for source, name in _REFERENCE.findall(text):
        if source == "env":
            values.append(environ.get(name, ""))
            continue
        try:
            values.append((Path(str(workspace)) / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            continue
    return [value.strip() for value in values if len(value.strip()) >= 4]
