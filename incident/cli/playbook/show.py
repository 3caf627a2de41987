"""Show one playbook as a plan: who does what, after what, and for how long it waits."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident playbook show datacenter-loss
  incident playbook show datacenter-loss --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("name")
@session
def command(session: Session, name: str) -> None:
    """Show the playbook NAME as a plan: its parameters, its roles, and its steps in order."""
    from incident.cli._drill import drilled
    from incident.playbook.drill import is_stale
    from incident.playbook.loader import load_file
    from incident.playbook.plan import lines, to_json
    from incident.playbook.shelf import shelf

    console = session.console()
    playbook = load_file(shelf(console.workspace).find(name), console.vocabulary())
    day = drilled(console)(playbook)
    is_old = is_stale(day, console.drills.stale_after, console.clock().date())
    told = f"Last drilled: {day}{', long ago' * is_old}." if day else "Never drilled."
    told += f" Practise it: incident declare {playbook.id} --drill" if is_old else ""
    data = {**to_json(playbook), "last_drilled": day, "drill_stale": is_old}
    session.emit("playbook-show", data, "\n".join([*lines(playbook, console.organisation.locales), "", told]))
