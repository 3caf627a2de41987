"""Write the review of an incident."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from incident.cli._frame import Session, session

EXAMPLES = """
Examples:
  incident review INC-2026-007
  incident review 7 --format html --to review.html
  incident review 7 --output json
"""


@click.command(epilog=EXAMPLES)
@click.argument("incident")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["markdown", "html", "json"]),
    default="markdown",
    help="How it is written; HTML is one file that can be printed.",
)
@click.option(
    "--to", "target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Into a file, overwritten."
)
@session
def command(session: Session, incident: str, kind: str, target: Path | None) -> None:
    """Write what happened, the figures of the response, time-to-reach from approval to acceptance, approvals, promises
    kept and broken, deadlines, what went out to how many, and follow-up actions.
    """
    from incident.cli._output import document as json_document
    from incident.cli._timeline import told
    from incident.cli._values import the_incident
    from incident.cli._writing import write
    from incident.review import html, markdown, report
    from incident.shape import choose

    console = session.console()
    found = the_incident(session, incident)
    title = choose(found.title, ("", *console.organisation.locales))
    locale = console.organisation.default_locale
    review = report.gather(console.store, found, title, console.clock(), locale)
    if kind == "json":
        text = json_document("review", review.to_json()) + "\n"
    else:
        written = report.document(review, session.when, partial(told, session))
        text = markdown.write(written) if kind == "markdown" else html.write(written)
    if target is not None:
        write(target, text)
        session.say(f"Written to {target}.")
    session.emit("review", review.to_json(), "" if target else text.rstrip("\n"))
