"""What a person reads when something goes wrong: a sentence and an exit code; a traceback only for our own defects."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from click.exceptions import Exit

from incident.cli._options import Output, output_of
from incident.cli._output import document
from incident.errors import IncidentError, StoreBusy, StoreMissing

INTERRUPTED = 130
_WITHOUT = """Without the database you still have:
  incident offline plan       whom to call, and what to say, in every language
  incident offline note       a local journal; `incident offline merge` brings it into the timeline later"""
_BROKEN_PIPE = 141  # 128 + SIGPIPE: what a shell shows for `incident list | head -1` with any other program


def guarded(command: click.Command, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Runs the command; returns its exit code.

    1. A mistake of the line: click's words, exit 2.
    2. An IncidentError: its sentence, the exit code of its class.
    3. Ctrl-C: what is kept and how to go on, exit 130.
    4. A reader that went away (`| head`): silence.
    5. Anything else is our defect: a sentence and where the traceback was written, exit 1.
    """
    output = output_of(argv, environ)
    _write_any_language()
    try:
        code = _run(command, argv, environ)
        sys.stdout.flush()
        return code
    except click.ClickException as error:
        return _usage(error, output)
    except IncidentError as error:
        code = _tell(error.message, error.code, error.exit, output, error.details)
        if isinstance(error, StoreMissing | StoreBusy) and "offline" not in argv:
            click.echo(_WITHOUT, err=True)
        return code
    except (click.Abort, KeyboardInterrupt, EOFError):
        return _interrupted(output)
    except BrokenPipeError:
        _silence()
        return _BROKEN_PIPE
    except Exception as error:
        return _crashed(error, argv, environ, output)


def _run(command: click.Command, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    instruction = environ.get("_INCIDENT_COMPLETE")
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, "incident", "_INCIDENT_COMPLETE", instruction)
    try:
        with command.make_context("incident", list(argv)) as context:
            command.invoke(context)
    except Exit as end:
        return end.exit_code
    return 0


def _usage(error: click.ClickException, output: Output) -> int:
    if output == "table":
        error.show()
        return error.exit_code
    return _tell(error.format_message(), "usage", error.exit_code, output)


def _tell(message: str, code: str, exit_code: int, output: Output, details: Mapping[str, Any] | None = None) -> int:
    if output == "json":
        own = {"code": code, "message": message, "exit": exit_code}
        click.echo(document("error", {**own, **(details or {}), **own}))
    else:
        label = "Error:" if "NO_COLOR" in os.environ else click.style("Error:", fg="red", bold=True)
        click.echo(f"{label} {message}", err=True)
    return exit_code


def _interrupted(output: Output) -> int:
    click.echo(err=True)
    message = (
        "Interrupted. Nothing is lost: what was done is on record. "
        "See where it stands with: incident list   and go on with: incident work"
    )
    return _tell(message, "interrupted", INTERRUPTED, output)


def _crashed(error: Exception, argv: Sequence[str], environ: Mapping[str, str], output: Output) -> int:
    from incident.cli import _crash

    if environ.get("INCIDENT_DEBUG"):
        click.echo(_crash.masked_traceback(error), err=True)
    file = _crash.write_report(error, argv, environ)
    message = (
        f"This is a defect of incident ({type(error).__name__}), not of yours. What was done before it is on record. "
        f"Please report it with {file}"
    )
    return _tell(message, "crash", 1, output, {"report": str(file)})


def _write_any_language() -> None:
    """A terminal that cannot show a character gets its escape, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and (stream.encoding or "").lower() not in ("utf-8", "utf8"):
            stream.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """Points standard output nowhere, so that Python's own flush at exit does not complain either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
