"""A document as plain values: a title, sections, paragraphs, tables. Markdown and HTML are two ways to write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BREAK_GLASS = "BREAK-GLASS"
"""Marks what one person did alone; a cell that holds it is red in print and bold in plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under columns. `figures`: each row is one figure, its name and its value."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Somebody's words as they read, line by line, under a caption."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, then paragraphs, quotes, a table; `warning` is what must not be overlooked. A section that has nothing
    of these, or a table without a row, says `nothing`."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    table: Table | None = None
    warning: str = ""
    nothing: str = "None."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is printed and kept."""

    title: str
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, figures: bool = False) -> Table:
    """A table of anything that has words; None is empty."""
    told = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Table(columns=tuple(columns), rows=told, figures=figures)
