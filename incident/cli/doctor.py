"""Check everything before the night comes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from incident.cli._checks import examine, overdue
from incident.cli._finding import Finding, of_error
from incident.cli._frame import Session, session
from incident.errors import WARNED, ChecksFailed, IncidentError

EXAMPLES = """
Examples:
  incident doctor
  incident doctor --output json
  incident doctor --live                   is anything overdue now? quick enough for every minute's cron
  0 9 * * *  incident doctor --workspace /srv/oncall > /dev/null || mail -s 'incident doctor' oncall@example.com

Exit codes: 0 all well, 100 with warnings, 15 with problems.
"""


@click.command(epilog=EXAMPLES)
@click.option("--live", is_flag=True, help="Only what ought to have gone on and has not: runs, pages, clocks, sending.")
@session
def command(session: Session, live: bool) -> None:
    """Check settings, people, channels (connects, sends nothing), roles, playbooks, messages, audience and store; with
    --live whether anything is overdue.
    """
    session.folder()  # without a workspace there is nothing to examine
    try:
        findings = list(overdue(session.console()) if live else examine(session.console()))
    except IncidentError as error:
        findings = of_error("settings", error)
    problems = sum(found.level == "problem" for found in findings)
    warnings = sum(found.level == "warning" for found in findings)
    session.emit(
        "doctor",
        {"problems": problems, "warnings": warnings, "findings": [found.to_json() for found in findings]},
        [session.table(["", "check", "finding"], _rows(findings)), _verdict(problems, warnings, live)],
    )
    if problems or warnings:
        session.finish(ChecksFailed.exit if problems else WARNED)


def _rows(findings: Sequence[Finding]) -> list[list[str]]:
    """The worst first; within a level in the order of the checks."""
    order = ("problem", "warning", "ok")
    return [[found.level, found.check, found.message] for found in sorted(findings, key=lambda f: order.index(f.level))]


def _verdict(problems: int, warnings: int, live: bool) -> str:
    if live:
        return "Look at these now. Does a worker work? incident work" if problems else "Nothing is overdue."
    if problems:
        return f"{problems} of these would fail in the night. Mend them, then run doctor again."
    return f"Nothing would fail in the night; look at {warnings} by day." if warnings else "All is well."
