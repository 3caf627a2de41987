"""Check playbooks: every mistake at once, with line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from incident.cli._frame import Session, session
from incident.errors import Mistake, Mistakes

EXAMPLES = """
Examples:
  incident playbook lint
  incident playbook lint playbooks/datacenter-loss.yaml
  incident playbook lint playbooks/ --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@session
def command(session: Session, paths: tuple[Path, ...]) -> None:
    """Check playbook files, or the *.yaml files of folders; without PATH all playbooks that can be declared here.

    Ends with 0 when there is no mistake, with 10 when there is one. What should only be looked at (a review that is
    overdue) is a warning and changes nothing.
    """
    from incident.playbook.loader import lint_file, load_file, warnings
    from incident.playbook.shelf import shelf

    console = session.console()
    vocabulary = console.vocabulary()
    files = list(_files(paths)) if paths else list(shelf(console.workspace).files().values())
    mistakes: list[Mistake] = []
    doubts: list[Mistake] = []
    for file in files:
        found = lint_file(file, vocabulary)
        mistakes += found
        if not found:
            doubts += warnings(load_file(file, vocabulary), console.clock().date())
    data = {
        "files": len(files),
        "mistakes": [mistake.to_json() for mistake in mistakes],
        "warnings": [doubt.to_json() for doubt in doubts],
    }
    session.emit("playbook-lint", data, _report(len(files), mistakes, doubts))
    if mistakes:
        session.finish(Mistakes.exit)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.yaml"))
        else:
            yield path


def _report(files: int, mistakes: Sequence[Mistake], doubts: Sequence[Mistake]) -> str:
    count = f"{files} playbook{'s' * (files != 1)}, {len(mistakes)} mistake{'s' * (len(mistakes) != 1)}."
    return "\n".join([*map(str, mistakes), *(f"Warning: {doubt}" for doubt in doubts), count])
