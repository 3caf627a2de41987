"""Call a person or a role out."""

from __future__ import annotations

from datetime import timedelta

import click

from incident.cli._frame import Session, session
from incident.cli._release import sending_options, settle
from incident.priority import PRIORITIES

EXAMPLES = """
Examples:
  incident page INC-2026-007 commander --text 'sh1 is under water, take over'
  incident page 7 li wang --repeat 3m --text 'call the bridge'
  incident page 7 policy/night --text 'nobody answers me'
  incident page 7 rota/database --priority low --text 'the replica lags'
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.argument("targets", nargs=-1, required=True, metavar="PERSON|ROLE|policy/NAME|rota/NAME...")
@click.option("--text", required=True, help="What they read; short, it must fit into an SMS.")
@click.option(
    "--repeat",
    default="5m",
    show_default=True,
    metavar="DURATION",
    help="By the next contact after this long; a policy says so itself.",
)
@click.option(
    "--priority",
    type=click.Choice(PRIORITIES),
    default="high",
    show_default=True,
    help="high wakes people; low keeps to their quiet hours.",
)
@sending_options
@session
def command(
    session: Session,
    incident: str,
    targets: tuple[str, ...],
    text: str,
    repeat: str,
    priority: str,
    no_work: bool,
    follow: bool,
) -> None:
    """Call people out by their contacts, one after the other, until somebody acknowledges (`incident ack`). When no
    call reaches anybody, the phone tree and the text to read out are printed.
    """
    from incident.cli._phone_tree import when_unreached
    from incident.cli._sending import follow_live, following, send_calls
    from incident.cli._values import duration, the_incident
    from incident.run import acts

    console = session.console()
    found = the_incident(session, incident)
    after = duration(repeat, "--repeat") or timedelta(minutes=5)
    for problem in console.oncall.refresh(console.oncall.due(console.clock()), console.clock()):
        session.say(problem)
    standing = acts.page(console.office, found.id, console.actor, targets, text, after, priority)
    progress = following(session, found.id, follow=follow)
    if not no_work:
        send_calls(session, found.id, progress)
    if follow:
        follow_live(session, found.id, progress, works=not no_work)
    told, lines = when_unreached(session, found)
    settle(session, "page", standing, no_work=True, follow=False, lines=lines, **told)
