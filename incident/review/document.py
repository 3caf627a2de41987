"""A document as plain values: a title, sections, paragraphs, tables. Markdown and HTML are two ways to write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BREAK_GLASS = "BREAK-GLASS"
"""Marks what one person did alone; a cell that holds it is red in print and bold in plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, then paragraphs, then a table; `warning` is what must not be overlooked. Without a row, the table
    gives way to `nothing`."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    warning: str = ""
    nothing: str = "None."


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is printed and kept."""

    title: str
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default=())


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of anything that has words; None is empty."""
    told = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Table(columns=tuple(columns), rows=told)
