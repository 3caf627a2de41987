"""How results look: one JSON document, a drawn table on a terminal, aligned columns in a pipe."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from incident.now import duration_text, iso

Human = Any
"""A text, a Table, anything that rich can draw, or a sequence of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns and rows of text, without control characters."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


def cell(value: object) -> str:
    """A value as one line of text. Control characters go: data must not steer the reader's terminal."""
    if value is None:
        return ""
    text = iso(value) if isinstance(value, datetime) else str(value)
    return "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)


def document(name: str, data: Mapping[str, Any]) -> str:
    """`data` as one JSON document with its schema first."""
    return json.dumps({"schema": f"incident.{name}/v1", **data}, ensure_ascii=False, indent=2, default=_plain)


def one_line(name: str, data: Mapping[str, Any]) -> str:
    """`data` as one document on one line, for commands that print many."""
    return json.dumps({"schema": f"incident.{name}/v1", **data}, ensure_ascii=False, default=_plain)


def show(human: Human, *, terminal: bool) -> None:
    """Prints the human form on standard output."""
    if isinstance(human, str):
        if human:
            click.echo(_reddened(human) if terminal else human)
    elif isinstance(human, list | tuple):
        for part in human:
            show(part, terminal=terminal)
    elif isinstance(human, Table) and not terminal:
        click.echo(aligned(human))
    else:
        _draw(human)


_LOUD = re.compile(r"(?:\d+[dhms]|submitted) LATE\b.*|BREAK-GLASS\b.*|FORCED PAST\b.*|PAGING HAS REACHED NOBODY\b.*")


def _reddened(text: str) -> str:
    """What is overdue, what one person did alone or went past, is red on a terminal, up to the end of the line."""
    if os.environ.get("NO_COLOR"):
        return text
    return _LOUD.sub(lambda loud: click.style(loud[0], fg="red", bold=True), text)


def aligned(table: Table) -> str:
    """Columns set apart by two spaces, as wide as their widest cell (a Chinese character takes two places)."""
    lines = [tuple(name.upper() for name in table.columns), *table.rows]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(part + " " * (size - width(part)) for part, size in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return f"{table.title}\n{text}" if table.title else text


def width(text: str) -> int:
    """Places that a text takes on a terminal (UAX #11: wide and full-width take two, combining marks none)."""
    return sum(_places(letter) for letter in text)


def _places(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _draw(human: Human) -> None:
    from rich.console import Console

    Console(highlight=False, soft_wrap=False).print(_rich_table(human) if isinstance(human, Table) else human)


_SHORT = 16
"""Places; a column of nothing longer (ids, states, numbers) is never broken: what is copied must be whole."""


def _rich_table(table: Table) -> Any:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, title=table.title or None, title_justify="left", pad_edge=False)
    for column, cells in zip(table.columns, zip(*table.rows, strict=True) if table.rows else [()] * 99, strict=False):
        whole = all(width(part) <= _SHORT for part in cells)
        least = max(map(width, (column, *cells))) if whole else None
        drawn.add_column(column, overflow="fold", no_wrap=whole, min_width=least)
    for row in table.rows:
        drawn.add_row(*(Text(part, style="bold red" if _LOUD.search(part) else "") for part in row))
    return drawn


def _plain(value: object) -> Any:
    """What JSON does not know: instants as RFC 3339 in UTC, durations as we write them."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
