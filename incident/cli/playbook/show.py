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
    from incident.playbook.loader import load_file
    from incident.playbook.plan import lines, to_json
    from incident.playbook.shelf import shelf

    console = session.console()
    playbook = load_file(shelf(console.workspace).find(name), console.vocabulary())
    session.emit("playbook-show", to_json(playbook), "\n".join(lines(playbook, console.organisation.locales)))
