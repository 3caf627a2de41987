"""Answer a question of the playbook."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle

EXAMPLES = """
Examples:
  incident answer INC-2026-007 failover-decision failover
  incident answer 7 confirm-impact est_affected_users=48000 cause_known=false
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@click.argument("values", nargs=-1, required=True, metavar="CHOICE | NAME=VALUE...")
@sending_options
@session
def command(session: Session, incident: str, step: str, values: tuple[str, ...], no_work: bool, follow: bool) -> None:
    """Answer a question: a choice, or a value for each field. The run goes on at once."""
    from incident.cli._values import pairs, the_incident
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    fields = [value for value in values if "=" in value]
    choice = [value for value in values if "=" not in value]
    if len(choice) > 1:
        raise click.UsageError(f"One choice only, not {len(choice)}: {', '.join(choice)}.")
    given = {**pairs(fields, "VALUES"), **({"choice": choice[0]} if choice else {})}
    standing = acts.answer(console.office, found.id, console.actor, step, given)
    settle(session, "answer", standing, no_work=no_work, follow=follow)
