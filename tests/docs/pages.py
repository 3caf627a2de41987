"""The documentation as the tests read it: its pages, their fenced blocks, the commands shown in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One command line as a page shows it."""

    page: str
    line: str
    runs: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def text(name: str) -> str:
    """A page under docs/, or one beside them (`../README.md`)."""
    return (DOCS / name).read_text(encoding="utf-8")


def everything() -> str:
    """All pages in one text."""
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def fenced(page: Path) -> list[tuple[str, str]]:
    """(language, text) of a page's fenced blocks."""
    return _FENCE.findall(page.read_text(encoding="utf-8"))


def commands(page: Path) -> Iterator[Shown]:
    """The `incident …` lines of a page's fenced blocks. `runs` says that it stands behind a `$` in a console block."""
    for language, block in fenced(page):
        for line in block.replace("\\\n", " ").splitlines():
            typed = re.fullmatch(r"\s*(\$ )?(incident(?: .*)?)", line)
            if typed and language in ("console", "sh"):
                yield Shown(page=str(page.relative_to(ROOT)), line=bare(typed[2]), runs=language == "console")


def bare(line: str) -> str:
    """Without the remark behind it (two blanks or a #) and what follows a pipe; quotes hide both."""
    words = re.match(r"(?:'[^']*'|\"[^\"]*\"|(?!\s{2,}|\s+#|\s[|>&]+\s).)*", line)
    return (words[0] if words else line).strip()


def sections(page: str) -> dict[str, str]:
    """Heading to the text below it, up to the next heading."""
    parts = re.split(r"^#+ (.+)$", text(page), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchor(heading: str) -> str:
    """The fragment under which a heading is reached."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
