"""A reason says something, and on one line: an auditor reads it, and nothing may forge the line below."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.cli._reason import reason
from incident.cli._release import _plain
from incident.errors import BadValue
from tests.cli.program import run


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u2060\ufeff", "\n\t", "...", "\u2028"])
def test_a_blank_reason_is_none(text: str) -> None:
    """Spaces, signs and characters of no width."""
    with pytest.raises(BadValue, match="says nothing"):
        reason(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("误报", "误报"),
        (" a sensor \n03:10  wang  gate.approved", "a sensor 03:10 wang gate.approved"),
        ("one\u2028two\x1b[31m", "one two [31m"),
        ("7", "7"),
    ],
)
def test_a_reason_is_one_line(text: str, line: str) -> None:
    """Line ends become blanks; the words stay."""
    assert reason(text) == line


@pytest.mark.parametrize(
    "typed",
    [
        ("clock", "dismiss", "1", "cn-pboc-class1"),
        ("clock", "start", "1", "cn-pboc-class1"),
        ("severity", "1", "sev1"),
        ("run", "pause", "1"),
        ("cancel", "1"),
        ("approve", "1", "first-notice", "--break-glass", "--yes", "1"),
    ],
    ids=" ".join,
)
def test_each_command_checks_its_reason(typed: tuple[str, ...], tmp_path: Path) -> None:
    """Before anything else is looked at."""
    done = run(*typed, "--reason", " \u200b", cwd=tmp_path)
    assert (done.exit, "The reason says nothing" in done.err) == (BadValue.exit, True)


@pytest.mark.parametrize(("typed", "number"), [("８", "8"), ("４8,210 ", "48210"), ("４８，２１０", "48210")])
def test_a_typed_count_may_have_full_width_digits(typed: str, number: str) -> None:
    """As a Chinese keyboard types them."""
    assert _plain(typed) == number
