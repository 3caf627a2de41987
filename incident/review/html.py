"""A document as one HTML file: readable on paper, with nothing to load from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from incident.review.document import BREAK_GLASS, Document, Section, Table

_STYLE = """
body { font: 11pt/1.5 "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1a1a1a;
  max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: 0.5rem; } h1 ~ p { margin: 0.25rem 0; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 0.6rem; padding-bottom: 0.2rem; border-bottom: 2px solid #1a1a1a; }
table { border-collapse: collapse; width: 100%; font-size: 0.88em; }
th { font-weight: 600; color: #555; white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid #ddd; }
th:last-child, td:last-child { overflow-wrap: anywhere; padding-right: 0; } td { overflow-wrap: break-word; }
.number { text-align: right; } td.number, .time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.good { color: #176b34; } .bad, .loud { color: #b00020; font-weight: bold; }
.warning { border-left: 0.3rem solid #b00020; padding-left: 0.7rem; font-weight: bold; color: #b00020; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.6rem; margin: 0; }
.figures div { border: 1px solid #ccc; border-radius: 0.3rem; padding: 0.5rem 0.8rem; }
.figures dt { font-size: 0.8em; color: #555; } .figures dd { margin: 0; font-size: 1.15em; font-weight: 600; }
blockquote { margin: 0.3rem 0 1.2rem; padding: 0.6rem 1rem; background: #f5f5f5; border-left: 0.25rem solid #999;
  white-space: pre-line; font-size: 0.9em; }
@media print { body { margin: 0; max-width: none; padding: 0; } h2 { break-after: avoid; }
  tr, .figures div { break-inside: avoid; } thead { display: table-header-group; } }
@page { margin: 16mm; }
"""
_NUMERIC = ' class="number"'
_NUMBER = re.compile(r"[\d,.]*(?:[dhms][\d.]*)*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_GOOD, _BAD = ("kept", "met", "approved", "submitted", "done"), ("broken", "missed", "rejected", "expired", "LATE")
_STATES = {**dict.fromkeys(_GOOD, "good"), **dict.fromkeys(_BAD, "bad")}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write(document: Document) -> str:
    """The whole file, in UTF-8."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(document.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(document.title)}</h1>"
    yield from (f"<p>{escape(line)}</p>" for line in document.lead)
    for section in document.sections:
        yield from _section(section)
    yield "</body>\n</html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.heading)}</h2>"
    if section.warning:
        yield f'<p class="warning">{escape(section.warning)}</p>'
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs)
    for quote in section.quotes:
        yield f"<p>{escape(quote.caption)}</p>\n<blockquote>{escape(quote.text)}</blockquote>"
    if section.table and section.table.rows:
        yield from _figures(section.table) if section.table.figures else _table(section.table)
    elif section.table or not (section.paragraphs or section.quotes):
        yield f"<p>{escape(section.nothing)}</p>"


def _figures(table: Table) -> Iterator[str]:
    """Each a card: what the eye looks for first."""
    yield '<dl class="figures">'
    yield from (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in table.rows)
    yield "</dl>"


def _table(table: Table) -> Iterator[str]:
    numbers = [any(column) and all(map(_NUMBER.fullmatch, column)) for column in zip(*table.rows, strict=True)]
    heads = (f"<th{_NUMERIC * number}>{escape(name)}</th>" for name, number in zip(table.columns, numbers, strict=True))
    yield f"<table>\n<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for row in table.rows:
        cells = (_cell(cell, number=number) for cell, number in zip(row, numbers, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>\n</table>"


def _cell(cell: str, *, number: bool) -> str:
    """1. What one person did alone is loud. 2. States that are good or bad have their colour. 3. Numbers stand under
    each other, and an instant on one line."""
    kind = "loud" if BREAK_GLASS in cell else _STATES.get(cell) or ("number" if number else _time(cell))
    return f'<td class="{kind}">{escape(cell)}</td>' if kind else f"<td>{escape(cell)}</td>"


def _time(cell: str) -> str:
    return "time" if _INSTANT.match(cell) else ""
