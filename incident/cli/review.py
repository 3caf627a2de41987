"""Write the review of an incident."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from incident.cli._frame import Session, session

if TYPE_CHECKING:
    from incident.lifecycle import Incident
    from incident.review.score import Score

EXAMPLES = """
Examples:
  incident review INC-2026-007
  incident review 7 --format html --to review.html
  incident review 7 --output json
  incident review drill-2                 begins with its score: each target, what it took, pass or fail
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
    """Write what happened, the score of a drill, the figures of the response, time-to-reach from approval to
    acceptance, approvals, promises kept and broken, deadlines, what went out to how many, and follow-up actions.
    """
    from incident.cli._output import document as json_document
    from incident.cli._timeline import told
    from incident.cli._values import the_incident
    from incident.cli._writing import write
    from incident.review import html, markdown, report
    from incident.review.score import section
    from incident.shape import choose

    console = session.console()
    found = the_incident(session, incident)
    title = choose(found.title, ("", *console.organisation.locales))
    locale = console.organisation.default_locale
    review = report.gather(console.store, found, title, console.clock(), locale)
    scored = _score(session, found) if found.drill else None
    data = {**review.to_json(), "drill": found.drill, "score": scored.to_json() if scored else None}
    if kind == "json":
        text = json_document("review", data) + "\n"
    else:
        written = report.document(review, session.when, partial(told, session))
        if scored:
            written = replace(written, sections=(section(scored), *written.sections))
        text = markdown.write(written) if kind == "markdown" else html.write(written)
    if target is not None:
        write(target, text)
        session.say(f"Written to {target}.")
    session.emit("review", data, "" if target else text.rstrip("\n"))


def _score(session: Session, incident: Incident) -> Score:
    from incident.review.score import score
    from incident.run import acts

    console = session.console()
    playbook = acts.seen(console.office, incident.id).playbook
    return score(console.store, incident, playbook, console.drills.targets, console.clock())
