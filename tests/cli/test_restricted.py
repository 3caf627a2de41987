"""Restricted incidents: no command shows one to somebody who may not see it, whether it names the incident or lists."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from docs import generate
from incident.cli._failure import guarded
from tests.cli.program import Ran, run

TREE = generate.tree()
Typed = Callable[..., Ran]
SECRET = "the-open-hole"
LISTS = (
    *("list", "list --all", "clock list", "action list", "outbox list", "outbox watch", "doctor --live", "who"),
    *(
        "channel list",
        "playbook list",
        "audience list",
        "store status",
        "verify",
        "completion bash",
        "person totp list",
    ),
)
"""Every command that shows something without naming an incident."""
MORE = {
    "adopt": ("--release",),
    "cancel": ("--reason", "x"),
    "outbox archive": ("--to", "x.gz"),
    "restrict": ("--everyone",),
}
"""What a line needs besides what is required of it."""


def typed(path: str, command: click.Command) -> list[str] | None:
    """The line for incident 1, all that is required filled in; None for a command that names no incident."""
    names = {param.name for param in command.params}
    if "incident" not in names or words_of(path) == "offline note":  # that one writes into a local file, unseen
        return None
    words, options = words_of(path).split(), []
    for param in command.params:
        value = "1" if param.name in ("incident", "into") else _value(param)
        if isinstance(param, click.Argument) and (param.required or param.name == "incident"):
            words.append(value)
        elif isinstance(param, click.Option) and (param.required or param.name == "incident"):
            options += [param.opts[0], value]
    return [*words, *options, *MORE.get(words_of(path), ())]


def words_of(path: str) -> str:
    return path.partition(" ")[2]


def _value(param: click.Parameter) -> str:
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[0])
    return "3" if isinstance(param.type, click.types.IntParamType) else "x"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an incident that only who declared it may see; something of it is overdue and being sent."""
    folder = tmp_path_factory.mktemp("restricted") / "oncall"
    run("init", folder)
    run("audience", "import", folder / "audience" / "sample.csv", "--workspace", folder)
    declared = run(
        *("declare", "datacenter-loss", "--param", f"dc={SECRET}", "--title", f"en={SECRET}"),
        *("--title", f"zh-Hans={SECRET}", "--title", f"zh-Hant={SECRET}", "--restrict", "legal", "--workspace", folder),
    )
    assert declared.exit == 0, declared.err
    run("action", "add", "1", SECRET, "--owner", "second", "--due", "1d", "--workspace", folder)
    run("approve", "1", "first-notice", "--as", "second", "--yes", "8", "--no-work", "--workspace", folder)
    approved = run("list", "--workspace", folder)
    assert SECRET in approved.out, "whoever declared it sees it"
    with sqlite3.connect(folder / "incident.db") as database:
        database.execute("UPDATE gate SET ask_due = 1000, step = step || ?", [SECRET])
        database.execute("UPDATE broadcast SET message = message || :it, step = step || :it", {"it": SECRET})
    return folder


@pytest.fixture
def as_second(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a line as somebody who may not see it, in this process: there are many."""
    monkeypatch.chdir(folder)

    def typed_in(*line: str) -> Ran:
        capsys.readouterr()
        code = guarded(TREE, [*line, "--as", "second", "--workspace", str(folder)], dict(os.environ))
        shown = capsys.readouterr()
        return Ran(exit=code, out=shown.out, err=shown.err)

    return typed_in


NAMING = [line for path, command in generate.commands(TREE) if (line := typed(path, command)) is not None]


@pytest.mark.parametrize("line", NAMING, ids=" ".join)
def test_a_command_that_names_it_tells_nothing(as_second: Typed, line: list[str]) -> None:
    """Exit code 12 and one sentence, whatever else is wrong with the line."""
    refused = as_second(*line)
    assert (refused.exit, refused.out, SECRET in refused.err) == (12, "", False), refused.err


@pytest.mark.parametrize("line", LISTS)
def test_a_list_leaves_it_out(as_second: Typed, line: str) -> None:
    """Neither its title, nor a parameter, a step, an action or a notice of it."""
    shown = as_second(*line.split())
    assert SECRET not in shown.out + shown.err
    machine = as_second(*line.split(), "--output", "json")
    assert SECRET not in machine.out + machine.err


def test_what_is_late_is_told_without_its_name(as_second: Typed) -> None:
    """Whoever looks after the machine learns that something is late, and of which incident."""
    late = as_second("doctor", "--live")
    assert (late.exit, "gate (restricted) of INC-" in late.out) == (15, True), late.out


def test_no_command_is_forgotten() -> None:
    """Commands that name an incident are found by what their argument is called."""
    assert len(NAMING) > 30
    assert ["show", "1"] in NAMING
