"""Send the last word and resolve the incident."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._notice import NoticeOptions, notice_options, send_notice

EXAMPLES = """
Examples:
  incident resolve INC-2026-007
  incident resolve 7 --force --reason 'the books are compared by hand tomorrow'
  incident resolve 7 --text en='…' --text zh-Hans='…' --text zh-Hant='…' --yes 48210
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--reason", help="Why it is over; it stands on the timeline.")
@click.option("--force", is_flag=True, help="Although exit_when does not hold, or a child is open; say why.")
@notice_options
@session
def command(session: Session, incident: str, reason: str | None, force: bool, options: NoticeOptions) -> None:
    """Tell everybody who was told before that it is over, and resolve the incident once that has left the house. What
    the playbook says must hold before (exit_when) is checked first, and that no child of it is open.
    """
    send_notice(session, incident, "resolved", options, name="resolve", reason=reason, force=force)
