"""The folder tree is the command tree: a file is a command, a folder a group; only what runs is imported."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.types import StringParamType

import incident
from incident import registry
from incident.cli._docstring import docstring, first_sentence
from incident.cli._options import shared_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


_Resolved = tuple[str | None, click.Command | None, list[str]]


class Tree(click.Group):
    """The commands in one folder. `import_.py` is the command `import`, `dry_run.py` is `dry-run`; `_x.py` is none."""

    def __init__(self, *, name: str, folder: Path, package: str, epilog: str = "", version: bool = False) -> None:
        params: list[click.Parameter] = [*shared_options()]
        if version:
            params.append(_version_option())
        super().__init__(
            name,
            params=params,
            help=docstring(folder / "__init__.py"),
            epilog=_verbatim(epilog),
            context_settings=_CONTEXT,
            no_args_is_help=True,
        )
        _complete_words(self.params)
        self._package = package
        self._places = dict(_places(folder))

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return None
        package = f"{self._package}.{place.stem}"
        if place.is_dir():
            return Tree(name=cmd_name, folder=place, package=package)
        return _leaf(cmd_name, package)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> _Resolved:
        word = args[0]
        if word not in self._places and not word.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"There is no command '{ctx.command_path} {word}'. {self._nearest(word)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._short(name)) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=self._short(name)) for name in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def _short(self, name: str) -> str:
        place = self._places[name]
        return first_sentence(place / "__init__.py" if place.is_dir() else place)

    def _nearest(self, word: str) -> str:
        """The command meant, also when it stands one floor deeper: `incident import` -> `audience import`."""
        deeper = [
            f"{group} {word}"
            for group, place in sorted(self._places.items())
            if place.is_dir() and word in dict(_places(place))
        ]
        return registry.nearest(word, deeper or self._places) if len(deeper) != 1 else f"Did you mean '{deeper[0]}'?"


def _places(folder: Path) -> Iterator[tuple[str, Path]]:
    for place in folder.iterdir():
        is_group = place.is_dir() and (place / "__init__.py").is_file()
        if not place.name.startswith("_") and (is_group or place.suffix == ".py"):
            yield place.stem.rstrip("_").replace("_", "-"), place


def _leaf(name: str, module: str) -> click.Command:
    """The command of one file, with the options that all share and its examples printed as they stand."""
    imported = importlib.import_module(module)
    command: click.Command = imported.command
    command.name = name
    command.help = command.help or imported.__doc__
    command.epilog = _verbatim(command.epilog or "")
    command.context_settings = {**_CONTEXT, **command.context_settings}
    taken = {word for param in command.params for word in param.opts}
    if "--workspace" not in taken:  # a command object lives as long as its module: add them once
        command.params.extend(shared_options())
        _complete_words(command.params)
    return command


def _complete_words(params: list[click.Parameter]) -> None:
    for param in params:
        if type(param.type) is StringParamType:
            param.type = _Word()


class _Word(StringParamType):
    """Text that the shell may complete, by what the help calls it."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from incident.cli._complete import offer

        return offer(ctx, (param.metavar or str(param.name)).strip("[].").lower(), incomplete)


def _verbatim(text: str) -> str:
    r"""Examples keep their lines: click re-wraps each paragraph that does not begin with \b."""
    paragraphs = [part.strip("\n") for part in text.replace("\b\n", "").split("\n\n")]
    return "\n\n".join(f"\b\n{part}" for part in paragraphs if part.strip())


def _version_option() -> click.Option:
    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not context.resilient_parsing:
            click.echo(f"incident {incident.__version__}")
            context.exit()

    settings: dict[str, Any] = {"is_flag": True, "is_eager": True, "expose_value": False, "callback": show}
    return click.Option(["--version"], help="Show the version and exit.", **settings)
