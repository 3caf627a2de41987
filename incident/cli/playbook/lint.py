"""Check playbooks and clocks: every mistake at once, with line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session
from incident.errors import Mistake, Mistakes

if TYPE_CHECKING:
    from incident.wiring import Console

FOLDER = "clocks"

EXAMPLES = """
Examples:
  incident playbook lint
  incident playbook lint playbooks/datacenter-loss.yaml
  incident playbook lint playbooks/clocks/
  incident playbook lint playbooks/ --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@session
def command(session: Session, paths: tuple[Path, ...]) -> None:
    """Check playbook files, or the *.yaml files of folders; without PATH all playbooks that can be declared here, and
    the rules of clocks. A file in a folder of the name clocks is a rule.

    Ends with 0 when there is no mistake, with 10 when there is one. What should only be looked at (a review that is
    overdue) is a warning and changes nothing.
    """
    from incident.playbook.shelf import shelf

    console = session.console()
    there = [*shelf(console.workspace).files().values(), *console.rules.files().values()]
    files = list(_files(paths)) if paths else there
    mistakes: list[Mistake] = []
    doubts: list[Mistake] = []
    for file in files:
        found, doubtful = (_of_clock if file.parent.name == FOLDER else _of_playbook)(console, file)
        mistakes += found
        doubts += doubtful
    data = {
        "files": len(files),
        "mistakes": [mistake.to_json() for mistake in mistakes],
        "warnings": [doubt.to_json() for doubt in doubts],
    }
    session.emit("playbook-lint", data, _report(len(files), mistakes, doubts))
    if mistakes:
        session.finish(Mistakes.exit)


def _of_playbook(console: Console, file: Path) -> tuple[list[Mistake], list[Mistake]]:
    """(mistakes, what should be looked at by day) of a playbook."""
    from incident.playbook.loader import lint_file, load_file, warnings

    found = lint_file(file, console.vocabulary())
    return found, [] if found else warnings(load_file(file, console.vocabulary()), console.clock().date())


def _of_clock(console: Console, file: Path) -> tuple[list[Mistake], list[Mistake]]:
    """The same of a clock's rule."""
    from incident.duty import report, rules

    found = rules.lint(file, console.rules.files(), report.templates(console.catalog))
    rule, _ = rules.read(file)
    return found, rules.doubts(rule, file, console.clock().date()) if rule else []


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.yaml"))
        else:
            yield path


def _report(files: int, mistakes: Sequence[Mistake], doubts: Sequence[Mistake]) -> str:
    count = f"{files} file{'s' * (files != 1)}, {len(mistakes)} mistake{'s' * (len(mistakes) != 1)}."
    return "\n".join([*map(str, mistakes), *(f"Warning: {doubt}" for doubt in doubts), count])
