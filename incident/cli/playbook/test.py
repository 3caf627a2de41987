"""Play the tests of playbooks in virtual time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from incident.cli._frame import Session, session
from incident.cli.playbook._theatre import theatre, to_json
from incident.errors import ChecksFailed, Mistake, Mistakes

if TYPE_CHECKING:
    from incident.playbook.model import Playbook
    from incident.review.rehearsal.play import Result

SHOWN = 15
"""So many lines of the night are shown: the last ones before what was not as expected."""

EXAMPLES = """
Examples:
  incident playbook test
  incident playbook test playbooks/datacenter-loss.yaml
  incident playbook test playbooks/ --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@session
def command(session: Session, paths: tuple[Path, ...]) -> None:
    """Play the `tests` of playbook files, or of the *.yaml files of folders; without PATH of all playbooks that can be
    declared here. Each is played in virtual time: nothing is sent, nobody is called, nothing is written.

    Ends with 0 when all is as expected, with 15 when something is not, with 10 when a file holds mistakes.
    """
    from incident.playbook.loader import load_file
    from incident.playbook.shelf import shelf
    from incident.review.rehearsal.play import play

    console = session.console()
    files = list(_files(paths)) if paths else list(shelf(console.workspace).files().values())
    playbooks: list[Playbook] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            playbooks.append(load_file(file, console.vocabulary()))
        except Mistakes as error:
            mistakes += error.mistakes
    if mistakes:
        raise Mistakes("\n".join(map(str, mistakes)), mistakes)
    stage = theatre(console)
    results = [result for playbook in playbooks for result in play(playbook, stage)]
    untested = [playbook.id for playbook in playbooks if not playbook.tests]
    failed = [result for result in results if not result.passed]
    data = {
        "files": len(files),
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "untested": untested,
        "tests": [_to_json(result) for result in results],
    }
    session.emit("playbook-test", data, "\n".join(_report(session, results, untested)))
    if failed:
        session.finish(ChecksFailed.exit)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else (path,)


def _to_json(result: Result) -> dict[str, Any]:
    return {
        "playbook": result.playbook,
        "file": result.file,
        "line": result.test.line,
        "name": result.test.name,
        "passed": result.passed,
        "failures": [{"line": one.line, "expected": one.expected, "found": one.found} for one in result.failures],
        "timeline": [] if result.passed else [to_json(line) for line in result.timeline],
    }


def _report(session: Session, results: Sequence[Result], untested: Sequence[str]) -> Iterator[str]:
    """Each failure with its place and the end of its night; then one line for each playbook, then the sum."""
    for result in results:
        if not result.passed:
            yield from _failed(result)
    for playbook in dict.fromkeys(result.playbook for result in results):
        own = [result for result in results if result.playbook == playbook]
        passed = sum(1 for result in own if result.passed)
        yield f"{playbook}: {passed} of {len(own)} passed"
    yield from (f"{name}: no tests" for name in untested)
    failed = sum(1 for result in results if not result.passed)
    yield f"{len(results)} test{'s' * (len(results) != 1)}, {failed} failed."


def _failed(result: Result) -> Iterator[str]:
    from incident.review.rehearsal.expecting import offset

    yield f"FAILED {result.playbook}: {result.test.name}"
    for failure in result.failures:
        yield f"  {result.file}:{failure.line}"
        yield f"    expected {failure.expected}"
        yield f"    found    {failure.found}"
    yield "  What happened:"
    until = max(failure.after for failure in result.failures)
    for line in [line for line in result.timeline if line.after <= until][-SHOWN:]:
        yield f"    {offset(line.after):>8}  {line.step or '-'}: {line.what}{f' -> {line.to}' if line.to else ''}"
    yield ""
