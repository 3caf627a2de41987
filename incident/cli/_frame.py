"""What each command gets: the session, which opens the workspace when asked and prints for people or for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from incident.cli import _output
from incident.cli._options import chosen
from incident.cli._reason import reason

if TYPE_CHECKING:
    from incident.wiring import Console

P = ParamSpec("P")
R = TypeVar("R")

_KEY = "incident.session"


class Session:
    """One run of one command: where it works, as whom, and for whom it prints."""

    def __init__(self, context: click.Context) -> None:
        self._context = context
        self._console: Console | None = None
        self.workspace = chosen(context, "workspace")
        self.acting_as = chosen(context, "acting_as")
        self.code: str | None = None
        self.json = chosen(context, "output") == "json"
        self._in_lines = False

    @property
    def command_name(self) -> str:
        """What was typed: `show`, `task list`."""
        return self._context.command_path.partition(" ")[2]

    @property
    def on_terminal(self) -> bool:
        """Whether a person looks at standard output: then tables have colours and progress may move."""
        return sys.stdout.isatty() and not self.json

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked: both ends of the conversation are a terminal."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def folder(self) -> Path:
        """The workspace's folder. Raises NoWorkspace with the way to make one."""
        import os

        from incident.settings import find_workspace

        return find_workspace(self.workspace, os.environ, Path.cwd())

    def console(self) -> Console:
        """The open workspace (see `incident.wiring`), opened at the first call and closed at the end of the command."""
        if self._console is None:
            from incident.wiring import open_console

            self._console = open_console(self.folder(), acting_as=self.acting_as, code=self.code)
            self._context.call_on_close(self._console.close)
        return self._console

    def emit(self, name: str, data: dict[str, Any], human: _output.Human = "") -> None:
        """The command's result on standard output: `data` as one document `incident.<name>/v1`, or `human`. Behind
        lines it is a line, too."""
        if self._console is not None and self._console.only_looks:
            self.say("The database is read-only: this is what stands in it; nothing can be changed.")
        if self.json:
            click.echo((_output.one_line if self._in_lines else _output.document)(name, data))
        else:
            _output.show(human, terminal=self.on_terminal)

    def alarm(self, text: str) -> None:
        """As `say`, in red where there are colours: something that must not be overlooked."""
        click.secho(text, fg="red", bold=True, err=True)

    def emit_line(self, name: str, data: dict[str, Any]) -> None:
        """One of many results, on a line of its own, at once."""
        self._in_lines = True
        click.echo(_output.one_line(name, data))
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """A hint or progress, on standard error: never part of the result."""
        click.echo(text, err=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> _output.Table:
        """A table for `emit`: drawn on a terminal, aligned columns when piped."""
        return _output.Table(
            columns=tuple(columns), rows=tuple(tuple(map(_output.cell, row)) for row in rows), title=title
        )

    def when(self, instant: datetime | None) -> str:
        """An instant as the people of this workspace read it: `2026-11-21 03:10 +08:00`; '' for None."""
        if instant is None:
            return ""
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(self.console().organisation.time_zone)
        return instant.astimezone(zone).isoformat(sep=" ", timespec="minutes").replace("+", " +")

    def finish(self, code: int) -> None:
        """Ends the command with an exit code of the warning band (100-127)."""
        self._context.exit(code)


def session(function: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Passes the Session as first argument, and a `reason` only if it says something."""

    @wraps(function)
    def with_session(*args: P.args, **kwargs: P.kwargs) -> R:
        context = click.get_current_context()
        if _KEY not in context.meta:
            context.meta[_KEY] = Session(context)
        given = kwargs.get("reason")
        if isinstance(given, str):
            kwargs["reason"] = reason(given)
        return function(context.meta[_KEY], *args, **kwargs)

    return with_session
