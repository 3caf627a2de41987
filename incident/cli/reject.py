"""Reject what waits at a gate, with a reason."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._gate import totp_option
from incident.cli._release import settle

EXAMPLES = """
Examples:
  incident reject INC-2026-007 first-notice --reason 'the refund sentence is wrong'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@click.option("--reason", required=True, help="Why; it stands on the timeline.")
@totp_option
@session
def command(session: Session, incident: str, step: str, reason: str, totp: str | None) -> None:
    """Reject a notice or a question: it is not sent; the playbook says what follows. Whoever started it may reject it
    too, although not approve it.
    """
    from incident import lifecycle
    from incident.cli._gate import decide
    from incident.run.approving import Answer
    from incident.run.live import no_confirmation

    session.code = totp
    standing = decide(session, incident, step, no_confirmation, Answer(approved=False, reason=reason))
    if lifecycle.get(session.console().store, standing.incident, 0).state == "open":
        session.say(f"Mend the words, then: incident run retry {standing.incident} {step}")
    settle(session, "reject", standing, no_work=True, follow=False)
