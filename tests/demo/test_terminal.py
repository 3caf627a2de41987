"""The terminal of the demonstration shows what a person would read, once."""

from __future__ import annotations

import os
import sys

from tests.demo import terminal
from tests.demo.terminal import Screen


def test_what_is_drawn_over_and_over_stands_once() -> None:
    """Bars go up a line, wipe it, and draw it again."""
    screen = Screen()
    screen.feed("sending\r\nmail 1/2\r\n\x1b[1A\x1b[2Kmail 2/2\r\n\x1b[?25hdone\r\n")
    assert screen.text() == "sending\nmail 2/2\ndone"


def test_colours_leave_no_trace() -> None:
    """They are for eyes."""
    screen = Screen()
    screen.feed("\x1b[1;31mError:\x1b[0m no")
    assert screen.text() == "Error: no"


def test_a_program_is_asked_and_answered() -> None:
    """It believes that a person sits there; its exit code comes back."""
    code = "import sys; assert sys.stdin.isatty(); sys.exit(int(input('how many? ')))"
    ran = terminal.run(
        [sys.executable, "-c", code],
        environment=os.environ,
        columns=80,
        watch=lambda text: None,
        typed=lambda text: "7" if text.endswith("how many? ") else None,
    )
    assert (ran.exit, ran.text) == (7, "how many? 7")
