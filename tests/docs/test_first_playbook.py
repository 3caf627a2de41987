"""The guide to the first playbook, followed to the letter."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.cli.program import run
from tests.docs import pages

PAGE = pages.DOCS / "first-playbook.md"


def test_it_leads_from_an_empty_file_to_a_playbook_that_is_tried(tmp_path: Path) -> None:
    """Each piece of YAML is added to the file, each command is typed, and what the page says it prints is printed."""
    folder = tmp_path / "oncall"
    file = folder / "playbooks" / "shop-codes.yaml"
    out = ""
    for language, block in pages.fenced(PAGE):
        if language == "yaml":
            before = "" if block.startswith("schema:") else file.read_text(encoding="utf-8")
            file.write_text(before + block, encoding="utf-8")
        elif language == "console":
            out = "".join(typed(line, folder, tmp_path) for line in re.findall(r"^\$ (incident .*)$", block, re.M))
        elif language == "text":
            assert [line for line in block.splitlines() if line.strip() not in out] == []


def typed(line: str, folder: Path, above: Path) -> str:
    """What a command prints; it must do what the page says."""
    words = [str(folder) if word == "~/oncall" else word for word in shlex.split(pages.bare(line))[1:]]
    done = run(*words, cwd=folder if folder.exists() else above)
    assert done.exit in (0, 100), f"{line}: {done.out}{done.err}"
    return done.out


def test_each_piece_is_read_as_it_is_added() -> None:
    """The page's pieces, one below the other, are one file: no key stands twice."""
    whole = "".join(block for language, block in pages.fenced(PAGE) if language == "yaml")
    keys = re.findall(r"^(\w+):", whole, re.M)
    assert len(keys) == len(set(keys))
