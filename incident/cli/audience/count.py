"""Count the people that a segment means."""

from __future__ import annotations

from dataclasses import asdict

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident audience count
  incident audience count "region == 'sh' and has(email)"
  incident audience count "users_of(services)" --param "services=payment;login"
"""


@click.command(epilog=EXAMPLES)
@click.argument("segment", default="everyone")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the segment; a;b is a list."
)
@session
def command(session: Session, segment: str, params: tuple[str, ...]) -> None:
    """Count the people of SEGMENT (default: everyone), by language, and how many have an address of each kind."""
    from incident.audience.store import count
    from incident.cli.audience._segment import read_segment

    meant = read_segment(segment, params)
    counted = count(session.console().store, meant)
    rows: list[tuple[str, object]] = [("people", counted.people)]
    rows += [(f"  {locale}", people) for locale, people in counted.locales.items()]
    rows += [("with email", counted.email), ("with phone", counted.phone), ("with push", counted.push)]
    rows += [("opted out of something", counted.opted_out)]
    rows += [("for drills alone, besides", counted.drill)] if counted.drill else []
    data = {"segment": str(meant), **asdict(counted)}
    session.emit("audience-count", data, session.table(("who", "people"), rows, title=str(meant)))
