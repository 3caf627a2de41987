"""Where the story is played: types commands in a terminal, shows what comes of them, keeps all of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.demo import terminal
from tests.demo.terminal import Ran

_PROMPT = re.compile(r"Type the number of people \((\d+)\)[^\n]*: ?$")

Typing = Callable[[int], str]
"""What a person types when asked for the count."""


def the_count(people: int) -> str:
    return str(people)


def no(people: int) -> str:
    return "no"


class StoryBroken(Exception):
    """A command did not end as the story tells it."""


@dataclass(kw_only=True)
class Stage:
    """`show` gets what a person should see. With `live` it is fed the raw terminal output as it comes."""

    workspace: Path
    show: Callable[[str], None]
    live: bool = False
    columns: int = 120
    transcript: list[str] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        self._tell(f"\n\n{'─' * 4} {title} {'─' * max(4, min(self.columns, 100) - len(title) - 6)}\n")

    def say(self, text: str) -> None:
        self._tell(f"\n{text}\n")

    def type(self, *words: str | Path, asked: Typing = no, expect: int = 0) -> Ran:
        """Runs `incident WORDS` before the watcher's eyes. Raises StoryBroken when it ends otherwise than `expect`."""
        line = f"\n$ incident {_quoted(words)}\n"
        self._tell(line)
        ran = terminal.run(
            [*program(), *map(str, words)],
            environment=self.environment(),
            columns=self.columns,
            watch=self.show if self.live else _nothing,
            typed=lambda text: _answer(text, asked),
        )
        self._keep(ran.text + "\n", shown=self.live)
        if ran.exit != expect:
            raise StoryBroken(f"`incident {_quoted(words)}` ended with {ran.exit}, not {expect}:\n{ran.text}")
        return ran

    def ask(self, *words: str | Path) -> Any:
        """The JSON document of a command, read in private."""
        done = subprocess.run(
            [*program(), *map(str, words), "--output", "json"],
            env=self.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return json.loads(done.stdout)

    def environment(self) -> dict[str, str]:
        """As on a fresh login: nothing of the watcher's own settings, colours only where they are seen."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("INCIDENT_", "COV_", "PYTEST"))
        }
        plain = {} if self.live else {"TERM": "xterm", "NO_COLOR": "1"}
        return {
            "TERM": "xterm",
            **kept,
            "PYTHONIOENCODING": "utf-8",
            "INCIDENT_WORKSPACE": str(self.workspace),
            **plain,
        }

    def _tell(self, text: str) -> None:
        self._keep(text, shown=False)

    def _keep(self, text: str, *, shown: bool) -> None:
        self.transcript.append(text)
        if not shown:
            self.show(text)


def program() -> list[str]:
    """The installed command beside this Python, as a person would type it; else the package itself."""
    installed = Path(sys.executable).with_name("incident")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "incident"]


def _quoted(words: Sequence[str | Path]) -> str:
    """As one would type it, long lines folded before an option."""
    line = " ".join(_word(str(word)) for word in words)
    return line.replace(" --text ", " \\\n    --text ") if len(line) > 100 else line


def _word(word: str) -> str:
    name, equals, value = word.partition("=")
    if equals and re.fullmatch(r"[\w-]+", name):
        return f"{name}={shlex.quote(value) if value else ''}"
    return shlex.quote(word)


def _answer(text: str, asked: Typing) -> str | None:
    found = _PROMPT.search(text)
    return None if found is None else asked(int(found[1]))


def _nothing(text: str) -> None:
    """Shown afterwards, when everything is drawn."""
