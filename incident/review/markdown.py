"""A document as Markdown. What people wrote is escaped: it steers nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from incident.review.document import BREAK_GLASS, Document, Section, Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


def write(document: Document) -> str:
    """The whole text, one line feed at its end."""
    return "\n".join(_lines(document)).rstrip("\n") + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {escaped(document.title)}", "")
    for line in document.lead:
        yield from (escaped(line), "")
    for section in document.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {escaped(section.heading)}", "")
    if section.warning:
        yield from (f"**{escaped(section.warning)}**", "")
    for paragraph in section.paragraphs:
        yield from (escaped(paragraph), "")
    for quote in section.quotes:
        yield from (
            escaped(quote.caption),
            "",
            *(f"> {escaped(line)}".rstrip() for line in quote.text.splitlines()),
            "",
        )
    if section.table and section.table.rows:
        yield from _table(section.table)
    elif section.table or not (section.paragraphs or section.quotes):
        yield from (section.nothing, "")


def _table(table: Table) -> Iterator[str]:
    for row in (table.columns, tuple("---" for _ in table.columns), *table.rows):
        yield f"| {' | '.join(cell if row[0] == '---' else _cell(cell) for cell in row)} |"
    yield ""


def _cell(cell: str) -> str:
    return f"**{escaped(cell)}**" if BREAK_GLASS in cell else escaped(cell)


def escaped(text: str) -> str:
    """On one line, with Markdown's own letters made plain."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
