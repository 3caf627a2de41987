"""Every link inside the documentation leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs import pages

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def broken(page: Path) -> list[str]:
    """The relative links of a page without a file, or without the heading they name."""
    found = []
    for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            found.append(link)
    return found


def anchors(page: Path) -> set[str]:
    return {pages.anchor(heading) for heading in _HEADING.findall(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: str(page.relative_to(pages.ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that is there and, behind #, one of its headings."""
    assert broken(page) == []


def test_every_page_is_reached() -> None:
    """Each page under docs/ is linked from another one."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in pages.PAGES
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert [page.name for page in pages.PAGES if page.is_relative_to(pages.DOCS) and page not in linked] == []
