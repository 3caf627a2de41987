"""Start the clock of a report, on suspicion."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident clock start INC-2026-007 cn-pboc-class1 --reason 'complaints in the press'
  incident clock start 7 eu-dora-initial --reason 'classified as major' --at 2026-11-21T03:10:00+08:00
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("clock")
@click.option("--reason", required=True, help="Why it may be owed; it stands on record.")
@click.option(
    "--at",
    "anchor_at",
    metavar="INSTANT",
    help="From when the time counts, when the record does not know; moves a clock that runs.",
)
@session
def command(session: Session, incident: str, clock: str, reason: str, anchor_at: str | None) -> None:
    """Start CLOCK for an incident, when in doubt: it is dismissed by one command, with the reason. One that runs is
    moved by --at; warnings that lie ahead then are given again."""
    from incident.cli._values import instant, the_incident
    from incident.cli.clock._shown import left, to_json
    from incident.run import duties

    console = session.console()
    now = console.clock()
    found = the_incident(session, incident)
    since = instant(anchor_at, "--at", now)
    made = duties.start_clock(console.office, found.id, console.actor, clock, reason, since)
    words = [
        f"{made.id}: due {session.when(made.due)}, {left(made, now)}.",
        f"Draft of the report: incident clock draft {found.id} {made.id}",
    ]
    session.emit("clock-start", to_json(made, now), words)
