"""The three options that every command takes, before or after the subcommand: the nearest to the end wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import click
from click.core import ParameterSource

Output = Literal["table", "json"]

_KEY = "incident.options"
OUTPUT_VARIABLE = "INCIDENT_OUTPUT"


def shared_options() -> list[click.Option]:
    """Fresh `--workspace`, `--output` and `--as`, to be added to a command or group."""
    return [
        _option(
            ["--workspace"],
            "INCIDENT_WORKSPACE",
            "The workspace; else upward from here.",
            metavar="DIR",
            type=click.Path(file_okay=False),
        ),
        _option(["--output"], OUTPUT_VARIABLE, "For people or for scripts.", type=click.Choice(["table", "json"])),
        _option(["--as", "acting_as"], "INCIDENT_AS", "Act as this person; os_users must hold you.", metavar="PERSON"),
    ]


def chosen(context: click.Context, name: str) -> str | None:
    """The value of `workspace`, `output` or `acting_as`, wherever on the line (or in the environment) it stood."""
    value: str | None = context.meta.get(_KEY, {}).get(name)
    return value


def output_of(argv: Sequence[str], environ: Mapping[str, str]) -> Output:
    """What the line asks for even when it cannot be parsed, so that a usage error is JSON too."""
    output = environ.get(OUTPUT_VARIABLE, "")
    words = [*(argv[: argv.index("--")] if "--" in argv else argv), ""]
    for word, following in pairwise(words):
        if word == "--output":
            output = following
        elif word.startswith("--output="):
            output = word.removeprefix("--output=")
    return "json" if output == "json" else "table"


def _option(names: list[str], variable: str, words: str, **more: Any) -> click.Option:
    return click.Option(
        names, envvar=variable, show_envvar=True, help=words, expose_value=False, callback=_remember, **more
    )


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Keeps what was typed; what stands in the environment only where nothing was typed."""
    values: dict[str, str] = context.meta.setdefault(_KEY, {})
    name = str(parameter.name)
    if value is None:
        return
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE or name not in values:
        values[name] = value
