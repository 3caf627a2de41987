"""Approve what waits at a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session
from incident.cli._gate import totp_option
from incident.cli._release import confirmed, sending_options, settle, yes_option
from incident.errors import Conflict

if TYPE_CHECKING:
    from incident.delivery.outbox import Confirm
    from incident.run.acts import Standing

EXAMPLES = """
Examples:
  incident approve INC-2026-007 first-notice            shows the texts and the count, then asks
  incident approve 7 first-notice --yes 48210
  incident approve 7 first-notice --as wang --totp 123456         wang is on the phone and tells the code
  incident approve 7 first-notice --break-glass --reason 'nobody else is awake, money is leaking'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("step")
@click.option("--reason", help="Why; it stands on the timeline.")
@totp_option
@click.option(
    "--break-glass",
    is_flag=True,
    help="Open it alone, as one person; needs --reason, is marked in red, and every commander is paged.",
)
@yes_option
@sending_options
@session
def command(
    session: Session,
    incident: str,
    step: str,
    reason: str | None,
    totp: str | None,
    break_glass: bool,
    yes: int | None,
    no_work: bool,
    follow: bool,
) -> None:
    """Approve a notice or a question. Whoever started it may not; the approval covers exactly the texts in every
    language, the audience, the count and the channels that were shown.
    """
    from incident.cli._gate import decide
    from incident.run.approving import Answer

    session.code = totp
    answer = Answer(approved=True, reason=reason, break_glass=break_glass)

    def approve(confirm: Confirm) -> Standing:
        return decide(session, incident, step, confirm, answer)

    try:
        standing = confirmed(session, yes, approve)
    except Conflict as changed:
        if yes is not None or not session.can_ask or session.json:
            raise
        session.say(changed.message)  # a person is there: what has changed is shown, and asked about again
        standing = confirmed(session, None, approve)
    if break_glass:
        session.alarm(f"BREAK-GLASS: {step} was opened by one person alone; every commander is told.")
    settle(session, "approve", standing, no_work=no_work, follow=follow, break_glass=break_glass)
