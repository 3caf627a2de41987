"""Every command that a page shows can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from docs import generate
from incident.cli._options import shared_options
from tests.cli.program import run
from tests.docs import pages

SHOWN = [shown for page in pages.PAGES for shown in pages.commands(page)]
_NEEDS_AN_INCIDENT = ("INC-", "latest")


def parsed(line: str) -> list[str]:
    """The words that are wrong with a line: unknown commands and options, values that are not allowed."""
    words = shlex.split(line)[1:]
    command: click.Command = generate.tree()
    context = click.Context(command, info_name="incident")
    words = _without_shared(words)
    while isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            return [] if words and words[0] in ("--version", "--help", "-h") else [f"no command in: {line}"]
        found = command.get_command(context, words[0])
        if found is None:
            return [f"unknown command {words[0]}"]
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    try:
        values, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return [error.format_message()]
    return [f"too many words: {rest}"] * bool(rest) + list(_wrong_values(command, context, values))


def _without_shared(words: list[str]) -> list[str]:
    """The line without the options that may stand anywhere on it."""
    shared = {word for option in shared_options() for word in option.opts}
    kept, skip = [], False
    for word in words:
        if skip or word in shared:
            skip = word in shared
            continue
        kept.append(word)
    return kept


def _wrong_values(command: click.Command, context: click.Context, values: dict[str, object]) -> list[str]:
    wrong = []
    for param in command.params:
        value = values.get(str(param.name))
        if param.required and not (isinstance(value, str | tuple | list) and value):
            wrong.append(f"{param.name} is missing")
        if isinstance(param.type, click.Choice) and isinstance(value, str) and value not in param.type.choices:
            wrong.append(f"{param.name} cannot be {value}")
    return wrong


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_parses(shown: pages.Shown) -> None:
    """The command exists, and so do its options and their values."""
    assert parsed(shown.line) == []


def test_a_wrong_line_is_noticed() -> None:
    """The check itself sees an unknown command, an unknown option, a wrong value, a missing argument."""
    for line in (
        "incident declaim x",
        "incident declare x --force",
        "incident declare x --severity bad",
        "incident declare",
        "incident list x",
    ):
        assert parsed(line) != [], line


def test_examples_in_the_help_parse() -> None:
    """What `--help` shows can be typed as well."""
    wrong = {}
    for name, command in generate.commands(generate.tree()):
        for line in (command.epilog or "").splitlines():
            text = pages.bare(line.strip())
            if text.startswith("incident ") and "…" not in text and parsed(text):
                wrong[f"{name}: {text}"] = parsed(text)
    assert wrong == {}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its sample audience, and the playbook that playbooks.md shows."""
    folder = tmp_path_factory.mktemp("shown") / "oncall"
    assert run("init", folder).exit == 0
    for language, text in pages.fenced(pages.DOCS / "playbooks.md"):
        if language == "yaml" and (name := re.search(r"^id: (\S+)$", text, re.MULTILINE)):
            (folder / "playbooks" / f"{name[1]}.yaml").write_text(text, encoding="utf-8")
    assert run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder).exit == 0
    return folder


HARMLESS = [
    shown
    for shown in SHOWN
    if shown.runs
    and not any(word in shown.line for word in _NEEDS_AN_INCIDENT)
    and Path(shown.page).name not in ("README.md", "getting-started.md", "first-playbook.md")
]


def test_console_lines_run(workspace: Path) -> None:
    """What stands behind a `$` and needs no incident does what it says, in the order of the pages."""
    failed = {}
    for line in dict.fromkeys(shown.line for shown in HARMLESS):
        done = run(*shlex.split(line)[1:], cwd=workspace)
        if done.exit not in (0, 100):
            failed[line] = done.err
    assert failed == {}


@pytest.mark.parametrize("name", ["README.md", "docs/getting-started.md"])
def test_a_night_runs_as_it_is_told(name: str, tmp_path: Path) -> None:
    """Typed in their order, the commands of the page lead from an empty folder to a sum that adds up."""
    folder, out = tmp_path / "oncall", ""
    for shown in pages.commands(pages.ROOT / name):
        if not shown.runs:
            continue
        words = [str(folder) if word == "~/oncall" else word for word in shlex.split(shown.line)[1:]]
        done = run(*words, cwd=folder if folder.exists() else tmp_path)
        assert done.exit in (0, 100), f"{shown.line}: {done.err}"
        out = done.out
    assert "It adds up." in out
