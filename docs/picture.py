"""Draws docs/picture.svg from a real run of the program at a terminal: `python -m docs.picture`."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

WIDTH, HEIGHT = 118, 60
BEFORE = ("init {folder}", "audience import {folder}/audience/sample.csv")
NIGHT = (
    "declare datacenter-loss --param dc=sh1",
    "approve latest first-notice --as second --yes 8",
    "reconcile latest",
)


def typed(line: str, folder: Path) -> str:
    """What the command prints on a terminal, with its colours."""
    near, far = pty.openpty()
    command = [sys.executable, "-m", "incident", *shlex.split(line.format(folder=folder))]
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdin=far, stdout=far, stderr=far, env={**environment, "INCIDENT_WORKSPACE": str(folder)}
    )
    os.close(far)
    parts = []
    with suppress(OSError):  # the far end is closed when the process ends
        while part := os.read(near, 65536):
            parts.append(part)
    process.wait()
    os.close(near)
    return b"".join(parts).decode().replace("\r\n", "\n")


def settled(stream: str) -> str:
    """What is left on the screen: progress bars are drawn over themselves, line by line."""
    lines, row = [""], 0
    for piece in re.split(r"(\n|\r|\x1b\[\d*[A-HJK]|\x1b\[\?\d+[hl])", stream):
        if piece == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif piece == "\r" or re.fullmatch(r"\x1b\[\d*K", piece):
            lines[row] = "" if piece != "\r" else lines[row]
        elif up := re.fullmatch(r"\x1b\[(\d*)A", piece):
            row = max(0, row - int(up[1] or 1))
        elif not piece.startswith("\x1b[") or piece.endswith("m"):
            lines[row] += piece
        else:
            lines[row] += re.sub(r"\x1b\[\??\d*[A-HJKhl]", "", piece)
    return "\n".join(lines).strip("\n")


def english(folder: Path) -> None:
    """The sample workspace, with English first and a name instead of this machine's user."""
    file = folder / "incident.yaml"
    text = file.read_text(encoding="utf-8")
    user = re.search(r"^people:\n(?:\s*#.*\n)*  ([a-z0-9-]+):$", text, re.MULTILINE)
    text = text.replace("locales: [zh-Hans, zh-Hant, en]", "locales: [en, zh-Hans, zh-Hant]")
    if user:
        text = text.replace(f"\n  {user[1]}:\n", "\n  li:\n")
    file.write_text(text, encoding="utf-8")


def main() -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "oncall"
        typed(BEFORE[0], folder)
        english(folder)
        typed(BEFORE[1], folder)
        for line in NIGHT:
            console.print(Text.assemble(("$ ", "bold green"), (f"incident {line}", "bold")))
            shown = settled(typed(line, folder))
            console.print(Text.from_ansi(shown))
            console.print()
    svg = console.export_svg(title="incident")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # no font is fetched from anywhere
    target = Path(__file__).resolve().parent / "picture.svg"
    target.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
