"""The folder tree is the command tree."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from incident.cli._frame import Session, session
from incident.cli._tree import Tree
from tests.cli.program import run

HELLO = '''"""Say hello.

More words that the list does not show.
"""
import click
from incident.cli._frame import session

@click.command(epilog="Examples:\\n  incident hello li\\n  incident hello wang")
@click.argument("person")
@session
def command(session, person):
    session.emit("hello", {"person": person, "as": session.acting_as}, f"Hello, {person}.")
'''


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """`hello`, `import`, `audience import` and `broken`, whose import fails."""
    folder = tmp_path / "shell"
    (folder / "audience").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""A tree for tests."""\n', encoding="utf-8")
    (folder / "_private.py").write_text('"""No command."""\n', encoding="utf-8")
    (folder / "hello.py").write_text(HELLO, encoding="utf-8")
    (folder / "dry_run.py").write_text(HELLO, encoding="utf-8")
    (folder / "broken.py").write_text('"""Never imported by the list."""\nraise RuntimeError\n', encoding="utf-8")
    (folder / "audience" / "__init__.py").write_text('"""The people who are told."""\n', encoding="utf-8")
    (folder / "audience" / "import_.py").write_text(HELLO, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "shell"]:
        monkeypatch.delitem(sys.modules, name)
    return Tree(name="shell", folder=folder, package="shell")


def test_names_come_from_files(tree: Tree) -> None:
    """A trailing `_` goes, an inner one becomes `-`, and a file that begins with one is no command."""
    assert tree.list_commands(click.Context(tree)) == ["audience", "broken", "dry-run", "hello"]


def test_help_imports_nothing(tree: Tree) -> None:
    """The list of commands is read as text: a command that cannot even be imported is listed."""
    result = CliRunner().invoke(tree, ["--help"])
    assert result.exit_code == 0
    assert "broken    Never imported by the list\n" in result.output
    assert "audience  The people who are told\n" in result.output


def test_help_of_a_command(tree: Tree) -> None:
    """A command without words of its own shows its file's docstring, its examples line by line, and the variables."""
    text = CliRunner().invoke(tree, ["hello", "-h"]).output
    assert "Say hello." in text
    assert "  Examples:\n    incident hello li\n    incident hello wang\n" in text
    for variable in ("INCIDENT_WORKSPACE", "INCIDENT_OUTPUT", "INCIDENT_AS"):
        assert variable in text


@pytest.mark.parametrize(
    "line",
    [
        "--as li --output json audience import x",
        "audience --as li import --output json x",
        "audience import x --as li --output json",
        "--as zhou --output table audience import x --as li --output json",
    ],
)
def test_options_before_or_after(tree: Tree, line: str) -> None:
    """The shared options stand anywhere on the line; the last one wins."""
    result = CliRunner().invoke(tree, line.split())
    assert '"as": "li"' in result.output


def test_typed_beats_environment(tree: Tree) -> None:
    """What stands in the environment never overrides what was typed before the subcommand."""
    result = CliRunner().invoke(tree, ["--as", "li", "--output", "json", "hello", "x"], env={"INCIDENT_AS": "zhou"})
    assert '"as": "li"' in result.output
    result = CliRunner().invoke(tree, ["--output", "json", "hello", "x"], env={"INCIDENT_AS": "zhou"})
    assert '"as": "zhou"' in result.output


@pytest.mark.parametrize(
    ("word", "hint"),
    [("helo", "Did you mean 'hello'?"), ("import", "Did you mean 'audience import'?"), ("zzz", "Known: audience")],
)
def test_unknown_command(tree: Tree, word: str, hint: str) -> None:
    """A mistyped command names the nearest one, also one floor deeper."""
    result = CliRunner().invoke(tree, [word])
    assert result.exit_code == 2
    assert hint in result.output


def test_session_is_one_per_run() -> None:
    """Two functions of one command share the session."""
    seen: list[Session] = []

    @session
    def inner(session: Session) -> None:
        seen.append(session)

    @click.command()
    @session
    def outer(session: Session) -> None:
        seen.append(session)
        inner()

    CliRunner().invoke(outer, [])
    assert seen[0] is seen[1]


def test_completion_offers_commands_and_options() -> None:
    """The shell asks the program; the answer needs no command to be imported."""
    env = {"_INCIDENT_COMPLETE": "bash_complete", "COMP_WORDS": "incident comp", "COMP_CWORD": "1"}
    assert run(env=env).out.strip() == "plain,completion"
    env = {"_INCIDENT_COMPLETE": "bash_complete", "COMP_WORDS": "incident --wor", "COMP_CWORD": "1"}
    assert run(env=env).out.strip() == "plain,--workspace"


def completed(line: str, folder: Path) -> list[str]:
    """What bash would be offered for the last word of `line`."""
    words = line.split(" ")
    env = {"_INCIDENT_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    return [offered.removeprefix("plain,") for offered in run(cwd=folder, env=env).out.split()]


def test_completion_knows_the_workspace(tmp_path: Path) -> None:
    """Playbooks, channels and people are offered by name, wherever the workspace is named."""
    folder = tmp_path / "oncall"
    assert run("init", folder).exit == 0
    assert completed("incident declare data", folder) == ["datacenter-loss"]
    assert completed(f"incident --workspace {folder} declare DATA", tmp_path) == ["datacenter-loss"]
    assert completed("incident channel test e", folder) == ["email"]
    assert "second" in completed("incident list --as ", folder)
    assert "second" in completed("incident --as ", folder)


def test_completion_never_fails(tmp_path: Path) -> None:
    """Without a workspace, or with mistakes in it, nothing is offered and nothing is said."""
    assert completed("incident declare data", tmp_path) == []
    (tmp_path / "incident.yaml").write_text("people: 7\n", encoding="utf-8")
    assert completed("incident declare data", tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell: str) -> None:
    """Each shell gets its script."""
    assert f"_INCIDENT_COMPLETE={shell}_complete" in run("completion", shell).out
