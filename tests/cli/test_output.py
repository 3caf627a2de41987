"""How results look, for people and for scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident.cli._output import Table, _reddened, aligned, cell, document, show, width
from incident.cli._timeline import BREAK_GLASS, FORCED


def test_document_has_its_schema_first() -> None:
    """Scripts can rely on the first key, RFC 3339 instants and readable Chinese."""
    at = datetime(2026, 11, 21, 3, 10, tzinfo=UTC)
    text = document("list", {"at": at, "every": timedelta(minutes=90), "in": Path("/w"), "title": "机房"})
    assert text.splitlines()[1] == '  "schema": "incident.list/v1",'
    assert "机房" in text
    assert json.loads(text)["at"] == "2026-11-21T03:10:00.000Z"
    assert json.loads(text)["every"] == "1h30m"


def test_columns_align_in_places_not_characters() -> None:
    """A Chinese character takes two places on a terminal."""
    table = Table(columns=("id", "title", "n"), rows=(("a", "机房失联", "1"), ("b", "down", "2")))
    assert aligned(table).splitlines() == ["ID  TITLE     N", "a   机房失联  1", "b   down      2"]
    assert width("é") == 1


def test_data_cannot_steer_the_terminal() -> None:
    """Control characters in a cell become spaces."""
    assert cell("red\x1b[31m\nline") == "red [31m line"


@pytest.mark.parametrize("mark", [BREAK_GLASS, FORCED])
def test_what_somebody_did_alone_or_went_past_is_red(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, from the mark to the end of the line."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert _reddened(f"li  {mark}: the books") == f"li  \x1b[31m\x1b[1m{mark}: the books\x1b[0m"


def test_piped_output_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal nothing is drawn: text, then aligned columns."""
    show(["Two:", Table(columns=("id",), rows=(("[bold]a",), ("b",)))], terminal=False)
    assert capsys.readouterr().out == "Two:\nID\n[bold]a\nb\n"


def test_terminal_output_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a table is drawn, and markup in data stays what it is."""
    show(Table(columns=("id",), rows=(("[bold]a",),)), terminal=True)
    out = capsys.readouterr().out
    assert "─" in out
    assert "[bold]a" in out
