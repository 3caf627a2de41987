"""Tell the audience how it stands, and when the next word comes."""

from __future__ import annotations

import click

from incident.cli._frame import Session, session
from incident.cli._notice import NoticeOptions, notice_options, send_notice

EXAMPLES = """
Examples:
  incident update INC-2026-007 --phase identified                 opens the editor with a part for each language
  incident update 7 --phase monitoring --next 30m --text zh-Hans=@zh.txt --text zh-Hant=@tw.txt --text en=@en.txt
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option("--phase", type=click.Choice(["investigating", "identified", "monitoring"]), help="The new public phase.")
@click.option(
    "--next", "promise", metavar="DURATION", help="When the text promises the next word; else by the cadence."
)
@notice_options
@session
def command(session: Session, incident: str, phase: str | None, promise: str | None, options: NoticeOptions) -> None:
    """Send an update to everybody who was told before. It is held while a required language has no words; it may need
    a second person's approval, as the playbook says.
    """
    from incident.cli._values import duration

    send_notice(session, incident, "update", options, phase=phase, promise=duration(promise, "--next"))
