"""Record that a report was submitted."""

from __future__ import annotations

from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident clock submit INC-2026-007 cn-pboc-class1 --reference 2026-1121-03 --evidence report.pdf
  incident clock submit 7 eu-gdpr-33 --at 2026-11-21T05:40:00+08:00 --reason 'first phase; numbers follow'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("clock")
@click.option("--reference", help="The authority's number for it.")
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file that was sent; its SHA-256 stands on record, the file stays with you.",
)
@click.option("--at", "submitted_at", metavar="INSTANT", help="When it went, if earlier than now.")
@click.option("--reason", help="What the authority should know of it: a first phase, late because of …")
@session
def command(
    session: Session,
    incident: str,
    clock: str,
    reference: str | None,
    evidence: Path | None,
    submitted_at: str | None,
    reason: str | None,
) -> None:
    """Record that the report of CLOCK is with the authority. Clocks that count from it start now. A further phase is
    submitted the same way; the first decides whether it was in time."""
    from incident.cli._values import instant, the_incident
    from incident.cli.clock._shown import left, to_json
    from incident.duty.clockwork import Submission
    from incident.run import duties

    console = session.console()
    now = console.clock()
    found = the_incident(session, incident)
    report = Submission(
        at=instant(submitted_at, "--at", now) or now,
        reference=reference,
        evidence=_digest(evidence) if evidence else None,
        evidence_file=evidence.name if evidence else None,
        note=reason,
    )
    done, *following = duties.submit_clock(console.office, found.id, console.actor, clock, report)
    words = [f"{done.id}: submitted {session.when(report.at)}, {left(done, now)}."]
    words += [f"{one.id} counts from it: due {session.when(one.due)}, {left(one, now)}." for one in following]
    data = {**to_json(done, now), "following": [to_json(one, now) for one in following]}
    session.emit("clock-submit", data, words)


def _digest(file: Path) -> str:
    import hashlib

    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
