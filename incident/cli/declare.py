"""Declare an incident from a playbook."""

from __future__ import annotations

from typing import Any

import click

from incident.cli._frame import Session, session
from incident.cli._release import confirmed, sending_options, settle, yes_option

EXAMPLES = """
Examples:
  incident declare datacenter-loss --param dc=sh1
  incident declare payment-failure --severity sev1 --contact en='Help > Incident line' --contact zh-Hans=客服热线转9
  incident declare datacenter-loss --param dc=sh1 --no-work --output json
  incident declare account-security --restrict security --restrict wang
  incident declare payment-failure --parent INC-2026-007
  incident declare datacenter-loss --param dc=sh1 --dry-run      every check; nothing is sent or kept
  incident declare datacenter-loss --param dc=sh1 --drill        the same as an exercise
"""


@click.command(epilog=EXAMPLES)
@click.argument("playbook")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the playbook; lists by ';'."
)
@click.option("--severity", type=click.Choice(["sev1", "sev2", "sev3", "sev4"]), help="Instead of the playbook's own.")
@click.option(
    "--contact", multiple=True, metavar="LOCALE=TEXT", help="A contact of this incident's own, for every notice."
)
@click.option("--title", multiple=True, metavar="LOCALE=TEXT", help="Instead of the playbook's title.")
@click.option(
    "--restrict",
    "restrict_to",
    multiple=True,
    metavar="NAME",
    help="Only this person or role may see it, and you; may be given several times. Instead of the playbook's own.",
)
@click.option("--parent", metavar="INCIDENT", help="The larger incident that it is a part of; see `incident adopt`.")
@click.option("--happened-at", metavar="INSTANT", help="When it began, if earlier: 2026-11-21T03:10:00+08:00.")
@click.option(
    "--drill",
    is_flag=True,
    help="An exercise: the same, to the people marked for drills and into files, marked as one.",
)
@click.option(
    "--dry-run", is_flag=True, help="Check everything, show what would happen first; nothing is sent or kept."
)
@yes_option
@sending_options
@session
def command(
    session: Session,
    playbook: str,
    params: tuple[str, ...],
    severity: str | None,
    contact: tuple[str, ...],
    title: tuple[str, ...],
    restrict_to: tuple[str, ...],
    parent: str | None,
    happened_at: str | None,
    drill: bool,
    dry_run: bool,
    yes: int | None,
    no_work: bool,
    follow: bool,
) -> None:
    """Declare an incident: its playbook runs until it waits for a person or a time, and says what to type next."""
    from incident import respond
    from incident.cli._drill import hints
    from incident.cli._texts import localized
    from incident.cli._values import instant, pairs, the_incident
    from incident.cli._visible import known_viewers, say_who_cannot

    console = session.console()
    book = console.playbook(playbook)
    given = pairs(params, "--param")
    where = (console.office, console.actor)
    began = instant(happened_at, "--happened-at", console.clock())
    more: dict[str, Any] = {
        "severity": severity,
        "contact": localized(contact, "--contact"),
        "title": localized(title, "--title") or None,
        "happened_at": began,
        "drill": drill,
        "place": respond.Place(
            restrict_to=known_viewers(session, book, restrict_to),
            parent=the_incident(session, parent).id if parent else None,
        ),
    }
    if dry_run:
        from incident.cli._dry_run import dry_run as try_out

        try_out(session, book, yes, lambda confirm: respond.try_out(*where, book, given, confirm, **more))
        return
    for problem in console.oncall.refresh(console.oncall.missing(), console.clock()):
        session.say(problem)
    standing = confirmed(session, yes, lambda confirm: respond.declare(*where, book, given, confirm, **more))
    for hint in hints(console, drill):
        session.say(hint)
    say_who_cannot(session, standing.incident, book)
    settle(session, "declare", standing, no_work=no_work, follow=follow, dry_run=False)
