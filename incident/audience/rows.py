"""Reads an audience file line by line, CSV or JSONL, as rows of named values; never holds more than one row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from incident.audience.mask import shown
from incident.audience.recipient import COLUMNS, LISTS
from incident.registry import nearest

LONGEST_LINE = 1 << 20
"""Bytes. A line that is longer is no row of people but another kind of file."""

REQUIRED = ("id", "locale")

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value. `column` counts from 1: the CSV column, or the character in a JSON line."""

    column: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it begins, its values by column, where each stands, and what is wrong with its form."""

    line: int
    values: dict[str, Value] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class BadFile(Exception):
    """The file as a whole cannot be read as rows: its header is wrong, it is empty, it is no text.

    `rows` is how many rows were not looked at because of that, where they can be counted.
    """

    def __init__(self, problems: Sequence[Problem], line: int = 1) -> None:
        super().__init__()
        self.problems = tuple(problems)
        self.line = line
        self.rows = 0


def read(path: Path) -> Iterator[Row]:
    """The rows of the file: JSONL when it begins with `{`, else CSV. Raises BadFile."""
    with path.open("rb") as stream:
        start = stream.read(4096)
        stream.seek(0)
        _refuse_other_kinds(start)
        lines = _Lines(stream)
        is_json = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        yield from _json_rows(lines) if is_json else _csv_rows(lines)


def _refuse_other_kinds(start: bytes) -> None:
    first = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile([Problem(1, "not_utf8", "This file is UTF-16. Save it again as 'CSV UTF-8'.")])
    if start.startswith(b"PK\x03\x04"):
        raise BadFile([Problem(1, "not_text", "This is a spreadsheet, not CSV. Save it again as 'CSV UTF-8'.")])
    if not first:
        raise BadFile(
            [Problem(1, "empty_file", "This file is empty. Its first line must name the columns: id,locale,email.")]
        )
    if first.startswith(b"["):
        raise BadFile([Problem(1, "json_array", "This is one JSON array. Write one object a line (JSONL).")])


class _Lines:
    """The lines of a file as text. Where one is no UTF-8, `undecodable` keeps its number and the first bad byte's."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.undecodable: dict[int, int] = {}

    def __iter__(self) -> Iterator[str]:
        for raw in iter(lambda: self._stream.readline(LONGEST_LINE), b""):
            self.number += 1
            if len(raw) == LONGEST_LINE:
                problem = Problem(
                    1, "line_too_long", f"This line is longer than {LONGEST_LINE} bytes: no audience file."
                )
                raise BadFile([problem], self.number)
            yield self._decode(raw.removeprefix(b"\xef\xbb\xbf") if self.number == 1 else raw)

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            self.undecodable[self.number] = len(raw[: error.start].decode()) + 1
            return raw.decode(errors="replace")

    def problems(self, first: int) -> tuple[Problem, ...]:
        """The mistake of a row that begins at line `first`, and forgets it."""
        bad = [(line, column) for line, column in self.undecodable.items() if line >= first]
        self.undecodable.clear()
        return tuple(
            Problem(column, "not_utf8", f"Line {line} is not UTF-8 from character {column} on. Save as 'CSV UTF-8'.")
            for line, column in bad
        )


def _csv_rows(lines: _Lines) -> Iterator[Row]:
    reader = csv.reader(iter(lines), strict=True)
    header: tuple[str, ...] = ()
    places: dict[str, int] = {}
    while True:
        first = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield Row(first, problems=(_csv_problem(error, reader.line_num),))
            continue
        if values is None:
            return
        if not values:
            continue  # an empty line
        bad = lines.problems(first)
        if not header:
            header = _header(values, bad, first, reader)
            places = {name: at for at, name in enumerate(header, 1)}
        elif bad:
            yield Row(first, problems=bad)
        elif len(values) != len(header):
            yield Row(first, problems=(_count_problem(len(values), len(header)),))
        else:
            yield Row(first, dict(zip(header, values, strict=True)), places)


def _header(values: list[str], bad: tuple[Problem, ...], line: int, rest: Iterator[list[str]]) -> tuple[str, ...]:
    """The names of the columns. Raises BadFile with every mistake in them; the rows of the rest are only counted."""
    names, problems = _column_names(values)
    if bad or problems:
        file = BadFile(bad or problems, line)
        with suppress(csv.Error):
            for row in rest:
                file.rows += bool(row)
        raise file
    return names


def _column_names(values: list[str]) -> tuple[tuple[str, ...], list[Problem]]:
    names = tuple(value.strip().lower() for value in values)
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        sentence = "The columns are not separated by commas. Save the file as CSV with commas."
        return names, [Problem(1, "not_comma", sentence)]
    problems = []
    for at, name in enumerate(names, 1):
        if name not in COLUMNS:
            problems.append(
                Problem(at, "unknown_column", f"There is no column '{shown(name)}'. {nearest(name, COLUMNS)}")
            )
        elif name in names[: at - 1]:
            problems.append(Problem(at, "duplicate_column", f"The column {name} stands twice. Remove one."))
    for name in REQUIRED:
        if name not in names:
            problems.append(Problem(1, "missing_column", f"The column {name} is missing. Every row needs it."))
    return names, problems


def _count_problem(found: int, expected: int) -> Problem:
    hint = "A value that holds a comma needs quotes." if found > expected else "Write an empty value between commas."
    sentence = f"{found} value{'s' * (found != 1)} where the header has {expected} columns. {hint}"
    return Problem(min(found, expected) + 1, "wrong_number_of_columns", sentence)


def _csv_problem(error: csv.Error, last: int) -> Problem:
    reason = str(error)
    if "field limit" in reason or "unexpected end" in reason:
        return Problem(
            1, "open_quote", f"A quote is opened here and not closed by line {last}. Close it, or double it."
        )
    if "new-line" in reason:
        return Problem(1, "bad_line_end", "A bare carriage return stands in this line. End lines with LF or CRLF.")
    return Problem(
        1, "bad_csv", "Text follows a closed quote. Double a quote that belongs to the value, and quote all of it."
    )


def _json_rows(lines: _Lines) -> Iterator[Row]:
    for text in lines:
        bad = lines.problems(lines.number)
        if bad:
            yield Row(lines.number, problems=bad)
        elif text.strip():
            yield _json_row(text, lines.number)


def _json_row(text: str, line: int) -> Row:
    try:
        pairs = json.loads(text.rstrip(), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        column = error.colno if isinstance(error, json.JSONDecodeError) else 1
        return Row(line, problems=(Problem(column, "bad_json", "This line is not one JSON object."),))
    if not isinstance(pairs, _Pairs):
        return Row(line, problems=(Problem(1, "bad_json", "This line is not one JSON object."),))
    values: dict[str, Value] = {}
    places: dict[str, int] = {}
    problems = []
    for name, value in pairs:
        places[name] = text.find(json.dumps(name, ensure_ascii=False)) + 1 or 1
        read_value = _json_value(name, value)
        if name not in COLUMNS:
            sentence = f"There is no column '{shown(name)}'. {nearest(name, COLUMNS)}"
            problems.append(Problem(places[name], "unknown_column", sentence))
        elif name in values:
            problems.append(Problem(places[name], "duplicate_column", f"The key {name} stands twice in this row."))
        elif read_value is None:
            problems.append(Problem(places[name], "wrong_type", f"{name} must be {_expected(name)}."))
        elif value is not None:
            values[name] = read_value
    return Row(line, values, places, tuple(problems))


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, twice if they stand there twice."""


def _json_value(name: str, value: Any) -> Value | None:
    """The value as text (or texts), None when it is of another type."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if name in ("opt_out", "drill") and isinstance(value, bool):
        return "true" if value else ""
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    is_texts = type(value) is list and all(isinstance(item, str) for item in value)
    return tuple(value) if name in LISTS and is_texts else None


def _expected(name: str) -> str:
    if name in LISTS:
        return "a text or a list of texts" + (", or true or false" if name == "opt_out" else "")
    return "true or false" if name == "drill" else "a text in quotes"
