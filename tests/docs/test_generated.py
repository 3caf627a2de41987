"""Generated pages say what the program says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate

PAGES = generate.pages()


@pytest.mark.parametrize("file", sorted(PAGES), ids=lambda file: file.name)
def test_is_current(file: Path) -> None:
    """The page stands as `make docs` would write it."""
    assert file.read_text(encoding="utf-8") == PAGES[file], f"{file.name} is out of date; run: make docs"


def test_every_part_stands_in_a_page() -> None:
    """No generated part is written for nobody."""
    told = "\n".join(file.read_text(encoding="utf-8") for file in PAGES)
    assert [name for name in generate.PARTS if f"<!-- generated: {name} -->" not in told] == []
