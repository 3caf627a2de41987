"""A document as one HTML file: readable on paper, with nothing to load from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from incident.review.document import BREAK_GLASS, Document, Section, Table

_STYLE = """
body { font: 11pt/1.5 "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #111;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #999; }
table { border-collapse: collapse; width: 100%; font-size: 0.9em; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid #ddd;
  overflow-wrap: anywhere; }
.warning { border-left: 0.3rem solid #b00020; padding-left: 0.7rem; font-weight: bold; color: #b00020; }
td.loud { font-weight: bold; color: #b00020; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; }
  thead { display: table-header-group; } }
@page { margin: 18mm; }
"""
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
    if section.table and section.table.rows:
        yield from _table(section.table)
    elif section.table or not section.paragraphs:
        yield f"<p>{escape(section.nothing)}</p>"


def _table(table: Table) -> Iterator[str]:
    yield f"<table>\n<thead><tr>{''.join(f'<th>{escape(name)}</th>' for name in table.columns)}</tr></thead>\n<tbody>"
    for row in table.rows:
        yield f"<tr>{''.join(map(_cell, row))}</tr>"
    yield "</tbody>\n</table>"


def _cell(cell: str) -> str:
    return f'<td class="loud">{escape(cell)}</td>' if BREAK_GLASS in cell else f"<td>{escape(cell)}</td>"
