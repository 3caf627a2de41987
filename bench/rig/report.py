"""What a measurement brings back: a table, the figures that were wanted of it, and what has to be said beside them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number and what was wanted of it: at least so much, or at most."""

    what: str
    got: float
    wanted: float
    most: bool = False
    unit: str = ""

    @property
    def good(self) -> bool:
        return self.got <= self.wanted if self.most else self.got >= self.wanted

    def cells(self) -> tuple[str, str, str, str]:
        """What, measured, wanted, reached."""
        sign = "≤" if self.most else "≥"
        unit = f" {self.unit}" if self.unit else ""
        return (self.what, f"{_number(self.got)}{unit}", f"{sign} {self.wanted:g}{unit}", "yes" if self.good else "no")


FIGURES = ("what", "measured", "wanted", "reached")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`rows` are cells as they are shown, under `columns`."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()

    def text(self) -> str:
        """For a terminal."""
        lines = list(_aligned([self.columns, *self.rows])) if self.rows else []
        lines += _aligned([FIGURES, *(figure.cells() for figure in self.figures)]) if self.figures else ()
        return "\n".join([*lines, *self.notes])

    def markdown(self) -> str:
        """For a page."""
        parts = [markdown_table(self.columns, self.rows)] if self.rows else []
        return "\n\n".join([*parts, *self.notes])


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column is words, the others are numbers."""
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [columns, rule, *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (" " * (width - _width(cell)) + cell for cell, width in zip(others, widths[1:], strict=True))
        yield "   ".join([first + " " * (widths[0] - _width(first)), *cells])


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in cell)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
